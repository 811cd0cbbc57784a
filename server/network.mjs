// This machine's addresses, and who else is on it.
import { hostname, networkInterfaces } from 'node:os';

/** Addresses on local networks: those of wireless and wired cards before those of virtual ones. */
export function lanAddresses() {
	return Object.entries(networkInterfaces())
		.flatMap(([name, list]) => (list ?? []).map((each) => ({ name, ...each })))
		.filter(({ family, internal }) => family === 'IPv4' && !internal)
		.sort((a, b) => rank(a) - rank(b))
		.map(({ address }) => address);
}

/** @param {{name: string, address: string}} card */
function rank({ name, address }) {
	const virtual = /^(docker|br-|veth|virbr|vmnet|vboxnet|utun|tun|tap|zt|tailscale|vEthernet)/i;
	return (virtual.test(name) ? 2 : 0) + (address.startsWith('169.254.') ? 1 : 0);
}

/** Names under which browsers may open the app, beside addresses. */
export const ownNames = () => {
	const name = hostname().toLowerCase();
	return ['localhost', name, ...(name.endsWith('.local') ? [] : [`${name}.local`])];
};

/**
 * Whether the other end of a connection is on this machine.
 * @param {import('node:net').Socket} socket
 */
export const isHere = ({ remoteAddress, localAddress }) =>
	remoteAddress !== undefined && remoteAddress === localAddress;

/**
 * Whether a request comes from a page of this very server. A page of another site has another origin; one that has
 * pointed its own name at this machine ("DNS rebinding") has a name that is not ours.
 * @param {import('node:http').IncomingMessage} request
 */
export function isFromOwnPage({ headers }) {
	if (headers.origin === undefined || !URL.canParse(headers.origin)) return false;
	const { host, hostname } = new URL(headers.origin);
	if (host !== headers.host) return false;
	const isAddress = /^[\d.]+$/.test(hostname) || hostname.startsWith('[');
	return isAddress || ownNames().includes(hostname);
}
