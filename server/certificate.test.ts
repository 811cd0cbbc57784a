import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certificate } from './certificate.mjs';
import { serverOf } from './serve.mjs';

const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'kept/certificate.json');

describe('the certificate of --https', () => {
	it('is for this machine, for a year, and only its user can read the key', async () => {
		const { cert, fingerprint } = await certificate(file);
		const read = new X509Certificate(cert);
		expect(read.checkHost('localhost')).toBe('localhost');
		expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
		expect(read.ca).toBe(false);
		expect(fingerprint).toBe(read.fingerprint256);
		expect(Date.parse(read.validTo) - Date.now()).toBeGreaterThan(300 * 24 * 3600 * 1000);
		if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0);
	});

	it('stays the same over a restart, and is made anew where it is damaged', async () => {
		const { fingerprint } = await certificate(file);
		expect((await certificate(file)).fingerprint).toBe(fingerprint);
		writeFileSync(file, readFileSync(file, 'utf8').slice(0, 300));
		expect((await certificate(file)).fingerprint).not.toBe(fingerprint);
	});

	it('serves https, and http to this machine, on one port', async () => {
		const { key, cert } = await certificate(file);
		const server = serverOf((_, response) => void response.end('a page'), null, { key, cert });
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const options = { host: '127.0.0.1', port, agent: false } as const;
		const requests = [get({ ...options, ca: cert }), getPlain(options)];
		const pages = requests.map(async (request) => {
			const [response] = (await once(request, 'response')) as [IncomingMessage];
			return String((await response.toArray())[0]);
		});
		expect(await Promise.all(pages)).toEqual(['a page', 'a page']);
		server.close();
	});
});
