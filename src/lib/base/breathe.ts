/** Waits at least `milliseconds`, so that messages are handled meanwhile. */
export function breathe(milliseconds = 0): Promise<void> {
	if (milliseconds > 1) return new Promise((resolve) => setTimeout(resolve, milliseconds));
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(null);
	});
}
