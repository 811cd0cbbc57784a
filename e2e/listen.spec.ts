/** Listening to the curves: what sounds is observed where the page hands it to the browser. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './test';
import { openLab, pause, run, waitForStep } from './lab';

interface Heard {
	/** State of the audio context when the sound was started. */
	state: string;
	/** Null for what has no pitch. */
	hertz: number | null;
}

/** Notes every sound that the page starts. */
async function listenIn(page: Page): Promise<() => Promise<Heard[]>> {
	await page.addInitScript(() => {
		const heard: Heard[] = [];
		Object.assign(window, { heard });
		for (const { prototype } of [AudioScheduledSourceNode, AudioBufferSourceNode]) {
			const { start } = prototype;
			prototype.start = function (this: AudioScheduledSourceNode, ...when: [number?]) {
				const hertz = this instanceof OscillatorNode ? this.frequency.value : null;
				heard.push({ state: this.context.state, hertz });
				return start.apply(this, when);
			};
		}
	});
	return () => page.evaluate(() => (window as unknown as { heard: Heard[] }).heard.splice(0));
}

const listenButton = (page: Page) => page.getByRole('button', { name: 'Listen', exact: true });
const chart = (page: Page, name: string) =>
	page.getByRole('slider', { name: `${name} against step` });

async function openRecording(page: Page, name: string) {
	await page.goto(`/lab/?recording=${name}`);
	await expect(page.getByTestId('replay')).toBeVisible();
}

test('a recorded curve plays as a whole and point by point', async ({ page }) => {
	const heard = await listenIn(page);
	await openRecording(page, 'rescue-norm-20');
	const trainingError = chart(page, 'Training error');
	await trainingError.focus();
	await page.keyboard.press('Home');
	await page.keyboard.press('Space');
	expect(await heard()).toEqual([]);

	await listenButton(page).click();
	const bar = page.getByRole('region', { name: 'Listening to the curves' });
	await expect(bar.getByRole('button', { name: 'Stop' })).toBeVisible();
	await expect(bar.getByRole('button', { name: 'Play curve' })).toBeVisible();
	await expect(page.getByTestId('heard')).toHaveText(
		/^Step \d+: plain-20 \(1\) stopped at step \d+, plain-20 \(2\) [\d.]+%$/
	);
	const whole = await heard();
	expect(whole.length).toBeGreaterThan(60);
	expect(whole.every(({ state }) => state === 'running')).toBe(true);
	// One network stops, with one hiss.
	expect(whole.filter(({ hertz }) => hertz === null)).toHaveLength(1);
	const pitches = whole.flatMap(({ hertz }) => hertz ?? []);
	expect(Math.min(...pitches)).toBeGreaterThanOrEqual(220);
	expect(Math.max(...pitches)).toBeLessThanOrEqual(1760);

	await trainingError.focus();
	await page.keyboard.press('End');
	for (const { hertz } of (await heard()).slice(0, 1)) expect(hertz).toBeNull();
	await page.keyboard.press('ArrowUp');
	await expect(trainingError).toHaveAttribute(
		'aria-valuetext',
		/^Step \d+: plain-20 \(2\) [\d.]+%$/
	);
	await heard();
	await page.keyboard.press('ArrowLeft');
	const [, error] = /([\d.]+)%$/.exec((await trainingError.getAttribute('aria-valuetext'))!)!;
	const [tone, ...others] = await heard();
	expect(others).toEqual([]);
	expect(tone.hertz! / (220 * 2 ** (3 * (Number(error) / 100)))).toBeCloseTo(1, 2);

	await chart(page, 'Test error').focus();
	await page.keyboard.press('Home');
	await page.keyboard.press('ArrowRight');
	const step = async () => Number(await chart(page, 'Test error').getAttribute('aria-valuenow'));
	await expect.poll(step).toBeGreaterThan(1);
	const first = await step();
	await page.keyboard.press('ArrowRight');
	// From evaluation to evaluation.
	await expect.poll(async () => (await step()) - first).toBeGreaterThan(1);

	await page.keyboard.press('Space');
	await expect(bar.getByRole('button', { name: 'Stop' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(bar.getByRole('button', { name: 'Play curve' })).toBeVisible();
	await heard();
	await bar.getByRole('checkbox', { name: 'Sound' }).uncheck();
	await expect(bar.getByText('Muted')).toBeVisible();
	await page.getByRole('slider', { name: 'Test error against step' }).press('ArrowLeft');
	expect(await heard()).toEqual([]);

	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id }) => id)).toEqual([]);
	await listenButton(page).click();
	await expect(bar).toBeHidden();
});

test('the profile of a network is heard layer by layer', async ({ page }) => {
	const heard = await listenIn(page);
	await openRecording(page, 'vanishing-20');
	await listenButton(page).click();
	const bar = page.getByRole('region', { name: 'Listening to the curves' });
	await bar.getByRole('button', { name: 'Stop' }).click();
	await heard();
	const profile = page.locator('[data-view="profile"]').first();
	await profile.focus();
	const hertz = async (key: string) => {
		await page.keyboard.press(key);
		const tones = await heard();
		expect(tones).toHaveLength(1);
		return tones[0].hertz!;
	};
	const first = await hertz('Home');
	await expect(profile).toHaveAttribute('aria-valuetext', /^Layer 1: \d/);
	const last = await hertz('End');
	await expect(profile).toHaveAttribute('aria-valuenow', '20');
	// The gradient vanishes on its way back.
	expect(last).toBeGreaterThan(2 * first);
	await page.keyboard.press('Space');
	const whole: number[] = [];
	await expect.poll(async () => whole.push(...(await heard()).map(({ hertz }) => hertz!))).toBe(20);
	await expect(profile).toHaveAttribute('aria-valuenow', '20');
	expect(whole[0]).toBeCloseTo(first);
	expect(whole[19]).toBeCloseTo(last);
});

test("a lesson's curve is heard", async ({ page }) => {
	const heard = await listenIn(page);
	await page.goto('/lessons/04-degradation/');
	const figure = page.locator('article > figure').first();
	await figure.getByRole('button', { name: 'Play the recording' }).click();
	await listenButton(page).first().click();
	const bar = page.getByRole('region', { name: 'Listening to the curves' });
	await expect(bar.getByRole('button', { name: 'Stop' })).toBeVisible();
	await expect.poll(async () => (await heard()).length).toBeGreaterThan(0);
	await page.keyboard.press('Escape');
	await bar.getByRole('button', { name: 'Stop' }).click();
	const slider = figure.getByRole('slider', { name: 'Training error against step' });
	await slider.focus();
	await heard();
	await page.keyboard.press('Home');
	await expect.poll(async () => (await heard()).length).toBe(4);
	await expect(slider).toHaveAttribute('aria-valuetext', /^Step 1: plain-8 /);
});

test("a lesson's chart keeps its height while it is listened to, the outcome told", async ({
	page
}) => {
	await page.goto('/lessons/05-residual/');
	await page.getByRole('radio', { name: 'The plain one' }).click();
	await page.getByRole('button', { name: 'Play the recording' }).first().click();
	const film = page.getByRole('slider').first();
	await film.focus();
	await page.keyboard.press('End');
	await expect(page.getByText('You expected: “The plain one”')).toBeVisible();
	await listenButton(page).click();
	await expect(page.getByRole('region', { name: 'Listening to the curves' })).toBeVisible();
	const chart = page.getByRole('slider', { name: /^Training error against step/ });
	expect((await chart.boundingBox())?.height).toBeGreaterThan(150);
});

test('without sound the keys still read out the values', async ({ page }) => {
	await page.addInitScript(() => Object.assign(window, { AudioContext: undefined }));
	await openRecording(page, 'degradation-20');
	await listenButton(page).click();
	await expect(page.getByRole('alert')).toContainText('This browser cannot make sound');
	await chart(page, 'Loss').focus();
	await page.keyboard.press('ArrowDown');
	await expect(chart(page, 'Loss')).toHaveAttribute(
		'aria-valuetext',
		/^Step [\d,]+: plain-20 [\d.]+$/
	);
});

test('networks in training are heard, and a summary says how they do', async ({ page }) => {
	const heard = await listenIn(page);
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await listenButton(page).click();
	const bar = page.getByRole('region', { name: 'Listening to the curves' });
	await bar.getByRole('checkbox', { name: 'During training' }).check();
	await bar.getByRole('combobox', { name: 'Spoken summary' }).selectOption('every 10 s');
	await run(page);
	await waitForStep(page, 45);
	await expect.poll(async () => (await heard()).length).toBeGreaterThan(1);
	const summary = page.getByTestId('summary');
	const says =
		/^Training error at step [\d,]+\. plain-8: \d+%, \w+\. residual-8: \d+%, \w+\. The gap is \d+ points\.$/;
	await expect(summary).toHaveText(says);
	await pause(page);
	const step = await page.getByTestId('step-counter').getAttribute('data-step');
	await expect(summary).toContainText(`at step ${Number(step).toLocaleString('en')}.`);

	await page.reload();
	await listenButton(page).click();
	await expect(bar.getByRole('combobox', { name: 'Spoken summary' })).toHaveValue('10');
});
