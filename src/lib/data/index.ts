/**
 * Data sets: the catalogue, packs that stream in shard by shard, batches with seeded shuffling and
 * augmentation. Runs anywhere: no DOM, no tfjs, nothing of the network or the engine.
 */
export * from './batches';
export * from './catalogue';
export * from './manifest';
export * from './order';
export * from './pack';
export * from './preprocess';
export * from './shards';
