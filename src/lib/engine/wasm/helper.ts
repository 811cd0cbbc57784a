/** Entry of a worker that helps to compute a lane: it runs parts of kernels as long as it lives; see `team.ts`. */
import { byIndex } from './division';
import { Job } from './job';
import { instantiate } from './instance';
import type { HelperStart } from './team';

globalThis.onmessage = async ({ data }: MessageEvent<HelperStart>) => {
	const { kernels } = await instantiate(data.module, data.memory);
	const call = byIndex(kernels);
	const job = new Job(data.job);
	for (;;) {
		job.awaitOpen();
		while (job.work(data.thread, call));
	}
};
