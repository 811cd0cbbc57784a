// Installs packages of the operating system.
// Needs Node's built-in modules only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** @returns {'debian' | 'ubuntu' | null} null for other systems */
export function linuxDistribution() {
	if (!existsSync('/etc/os-release')) return null;
	const id = /^ID="?(\w+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
	return id === 'debian' || id === 'ubuntu' ? id : null;
}

/** The prefix that runs a command as root without a password prompt; null if there is none. */
export function asRoot() {
	if (process.getuid?.() === 0) return [];
	return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
		? ['sudo', '-n']
		: null;
}

/**
 * @param {string[]} packages
 * @returns {boolean} whether they are installed
 */
export function aptInstall(packages) {
	const root = asRoot();
	if (root === null) {
		console.warn(`Cannot install ${packages.join(', ')}: needs root or passwordless sudo.`);
		return false;
	}
	const apt = ['apt-get', '-o', 'DPkg::Lock::Timeout=600', '-q'];
	return [
		[...apt, 'update'],
		[...apt, 'install', '-y', '--no-install-recommends', ...packages]
	].every((command) => runs([...root, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]));
}

/** @param {string[]} command */
export function runs([program, ...args]) {
	const { status } = spawnSync(program, args, {
		stdio: 'inherit',
		shell: process.platform === 'win32'
	});
	return status === 0;
}
