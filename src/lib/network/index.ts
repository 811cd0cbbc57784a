/** What a network is: its description, what follows from it, and the families. No DOM, no tfjs. */
export * from './description';
export * from './analyse';
export * from './cifar';
export * from './names';
