declare global {
	/** Name and version of the app, for the records that it writes. */
	const __APP__: string;
	namespace App {}
}

export {};
