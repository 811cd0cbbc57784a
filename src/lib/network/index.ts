/** What a network is: its description, what follows from it, and the families. No DOM, no tfjs. */
export * from './description';
export * from './analyse';
export * from './cifar';
export * from './alexnet';
export * from './vgg';
export * from './googlenet';
export * from './resnet';
export * from './lesion';
export * from './names';
export * from './parts';
export * from './paths';
export * from './published';
export * from './receptive';
export * from './surgery';
