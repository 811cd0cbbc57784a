import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TimeoutError, within } from './patience';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('gives what comes in time, and its error', async () => {
	expect(await within(Promise.resolve(3), 1000, 'a number')).toBe(3);
	await expect(within(Promise.reject(new Error('no')), 1000, 'a number')).rejects.toThrow('no');
	expect(vi.getTimerCount()).toBe(0);
});

it('ends what never comes, and says what that was', async () => {
	const waited = within(new Promise(() => {}), 20_000, 'the graphics device');
	const refused = expect(waited).rejects.toThrow(new TimeoutError('the graphics device', 20_000));
	await vi.advanceTimersByTimeAsync(20_000);
	await refused;
	await expect(waited).rejects.toThrow('the graphics device: no answer within 20 s');
});
