// `npm run bench:room`: a simulated class in a room on this machine. Measures how long it takes until the teacher's page
// has what students tell, and whether a restart of the server, reloads and a gap of 30 s lose anything. Prints Markdown.
import os from 'node:os';
import { quantile } from 'd3';
import { positive, readArguments } from '../scripts/arguments.mjs';
import { loadModule } from '../scripts/load.mjs';

const GAP_SECONDS = 30;
const HELP = `Usage: npm run bench:room -- [--students N]

  --students   how many (default: 200)`;

const { students } = readArguments(
	HELP,
	{ students: { type: 'string', default: '200' } },
	(values) => ({ students: positive('--students', String(values.students)) })
);

/** @type {typeof import('../server/classroom')} */
const { Classroom, pause } = await loadModule('../../server/classroom.ts');
// As pages in use.
const classroom = new Classroom(15_000);
const opened = performance.now();
await classroom.open(students);
/** @type {string[][]} */
const rows = [];
const joined = Math.round(performance.now() - opened);

/**
 * All students vote several times while something happens; then waits until all is acknowledged.
 * @param {string} name
 * @param {number} votes one a second of each student
 * @param {() => Promise<void>} happens
 */
async function measure(name, votes, happens) {
	classroom.delays.length = 0;
	const told = (async () => {
		for (let i = 0; i < votes; i++)
			await classroom.voteAll(`${name} ${i}`.replace(/\W/g, '-'), 1000);
	})();
	await happens();
	await told;
	await classroom.settled();
	const [half, most, all] = [0.5, 0.95, 1].map((p) => quantile(classroom.delays, p) ?? NaN);
	const delays = [half, most, all].map((delay) => `${Math.round(delay)} ms`);
	rows.push([name, String(votes * students), String(classroom.lost()), ...delays]);
}

await measure('nothing happens', 10, async () => {});
await measure('the server is restarted', 5, async () => {
	await pause(1000);
	await classroom.server.stop();
	await pause(1000);
	await classroom.server.start();
});
await measure("the teacher's page is reloaded", 5, async () => {
	await pause(1500);
	await classroom.reloadTeacher();
});
await measure('every student reloads', 5, async () => {
	await pause(1500);
	for (const pupil of classroom.pupils) pupil.reload();
});
await measure(`the network is cut for ${GAP_SECONDS} s`, GAP_SECONDS + 5, async () => {
	await pause(1000);
	classroom.network.cut();
	await pause(1000 * GAP_SECONDS);
	classroom.network.mend();
});
await classroom.close();

console.log(
	`${students} students joined in ${joined} ms. ${os.cpus()[0].model}, Node ${process.versions.node}\n`
);
console.log('| while | told | lost | median delay | 95 % within | longest |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
