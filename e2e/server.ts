/** Serves the built app from a server whose answers the test controls. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';

export interface OwnServer {
	/** Without a slash at its end. */
	readonly origin: string;
	close(): Promise<void>;
}

/** @param answer handles each request; `files` answers it with the app's files */
export async function serveApp(
	answer: (request: IncomingMessage, response: ServerResponse, files: () => void) => void
): Promise<OwnServer> {
	const files = sirv('build', { etag: true });
	const server = createServer((request, response) =>
		answer(request, response, () => files(request, response))
	);
	await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
	return {
		origin: `http://localhost:${(server.address() as AddressInfo).port}`,
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
}
