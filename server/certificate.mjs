// The certificate of `--https`, made on this machine for this machine. It is kept: browsers refuse a page's connections
// without a word once the certificate is another than the one that the visitor has accepted, so with a new certificate at
// each start no class would survive a restart.
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generate } from 'selfsigned';
import { ROOT } from '../scripts/run.mjs';
import { lanAddresses, ownNames } from './network.mjs';

const FILE = join(ROOT, '.cache/https/certificate.json');
const DAY_MS = 24 * 3600 * 1000;
/** Safari accepts none that is valid for longer than 825 days. */
const VALID_DAYS = 365;

/** @typedef {{key: string, cert: string}} Certificate in PEM */

/**
 * The kept certificate, if it is still valid and for all of this machine's present addresses; else a new one.
 * @returns {Promise<Certificate & {fingerprint: string}>} with its SHA-256 fingerprint, `AB:CD:…`
 */
export async function certificate(file = FILE) {
	const kept = read(file);
	const { key, cert } = kept && fits(kept) ? kept : await make(file);
	return { key, cert, fingerprint: new X509Certificate(cert).fingerprint256 };
}

/**
 * @param {string} file
 * @returns {Certificate | null}
 */
function read(file) {
	try {
		const { key, cert } = JSON.parse(readFileSync(file, 'utf8'));
		return typeof key === 'string' && typeof cert === 'string' ? { key, cert } : null;
	} catch {
		return null;
	}
}

/** @param {Certificate} kept */
function fits({ cert }) {
	try {
		const read = new X509Certificate(cert);
		const days = (Date.parse(read.validTo) - Date.now()) / DAY_MS;
		return days > 7 && addresses().every((ip) => read.checkIP(ip)) && read.checkHost('localhost');
	} catch {
		return false;
	}
}

const addresses = () => ['127.0.0.1', ...lanAddresses()];

/**
 * @param {string} file
 * @returns {Promise<Certificate>}
 */
async function make(file) {
	const now = Date.now();
	const { private: key, cert } = await generate(
		[{ name: 'commonName', value: 'Residual Explorer on this machine' }],
		{
			keyType: 'ec',
			algorithm: 'sha256',
			// Machines whose clocks are a little slow accept it too.
			notBeforeDate: new Date(now - DAY_MS),
			notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
			extensions: [
				{ name: 'basicConstraints', cA: false, critical: true },
				{ name: 'keyUsage', digitalSignature: true, critical: true },
				{ name: 'extKeyUsage', serverAuth: true },
				{
					name: 'subjectAltName',
					altNames: [
						...ownNames().map((value) => ({ type: /** @type {const} */ (2), value })),
						...addresses().map((ip) => ({ type: /** @type {const} */ (7), ip }))
					]
				}
			]
		}
	);
	mkdirSync(dirname(file), { recursive: true });
	// Only this user may read the key.
	writeFileSync(file, JSON.stringify({ key, cert }), { mode: 0o600 });
	return { key, cert };
}
