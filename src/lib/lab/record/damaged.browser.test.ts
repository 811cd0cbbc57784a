/** The reader of records, in a browser, with seeded damages. */
import { gzipSync, strToU8 } from 'fflate';
import { expect, it } from 'vitest';
import { DAMAGES, damage, readAll } from '$lib/base/damage';
import { RecordFileError } from './problem';
import { readRecordFile } from './read';

it('gives a record, or says what is wrong', async () => {
	const response = await fetch(new URL('/recordings/switching-20.zip', location.href));
	const recording = new Uint8Array(await response.arrayBuffer());
	const json = strToU8(JSON.stringify({ version: 1, kind: 'residual-explorer-run', steps: [] }));
	const files = [recording.subarray(0, 40_000), json, gzipSync(json)];
	const refused = await readAll(
		async (seed) => readRecordFile(new Blob([damage(files[seed % 3], seed)])),
		(error) => error instanceof RecordFileError
	);
	expect(refused).toBeGreaterThan(DAMAGES / 2);
}, 600_000);
