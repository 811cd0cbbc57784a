/** A class in one room: a teacher and three students, each in a browser of their own, with the server of `npm start`. */
import AxeBuilder from '@axe-core/playwright';
import { spawn } from 'node:child_process';
import type { Browser } from '@playwright/test';
import { expect, test, type Page } from './test';
import { drawAcross } from './lab';

const PORT = 4613;
const ORIGIN = `http://localhost:${PORT}`;
/** Small networks, so that three students and their jobs fit on two cores. */
const LINK = 'lab/?preset=degradation&depth=8&width=4&batch=16&backend=wasm';

/** Starts the server with rooms. @returns ends it */
async function serveRooms(): Promise<() => void> {
	const args = ['server/start.mjs', '--class', '--no-open', '--port', String(PORT)];
	const server = spawn(process.execPath, args);
	await expect
		.poll(() =>
			fetch(`${ORIGIN}/room`).then(
				({ ok }) => ok,
				() => false
			)
		)
		.toBe(true);
	return () => void server.kill();
}

const join = async (browser: Browser, code: string, name: string): Promise<Page> => {
	const context = await browser.newContext({ reducedMotion: 'reduce' });
	const page = await context.newPage();
	await page.goto(`${ORIGIN}/class/?join=${code}`);
	await page.getByLabel('Nickname').fill(name);
	await page.getByRole('button', { name: 'Join' }).click();
	await expect(page.getByTestId('room')).toHaveAttribute('data-status', 'joined');
	return page;
};

async function expectAccessible(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

async function drawExpectation(student: Page): Promise<void> {
	const asked = student.getByTestId('room').getByRole('button', { name: 'Draw what you expect' });
	await asked.click();
	await drawAcross(student, student.locator('[data-view=training-error]'), 20, 60);
	await student.getByTestId('prediction').getByRole('button', { name: 'Done' }).click();
}

const vote = (student: Page, choice: string) =>
	student.getByTestId('question').getByRole('radio', { name: choice }).check();

test('a class holds the lesson on degradation in a room, from joining to a shared experiment', async ({
	browser,
	page: teacher
}) => {
	const end = await serveRooms();
	try {
		await teacher.goto(`${ORIGIN}/class/`);
		await teacher.getByRole('button', { name: 'Open a room' }).click();
		const code = await teacher.getByTestId('code').locator('[aria-hidden]').innerText();
		const names = ['Ada', 'Lin', 'Max'];
		const students = await Promise.all(names.map((name) => join(browser, code, name)));
		const [ada] = students;
		await expect(teacher.getByText('Students here: 3')).toBeVisible();

		await teacher.getByLabel('Experiment or lesson').selectOption('A link of your own');
		await teacher.getByLabel('Link to a page').fill(`https://somewhere.example/${LINK}`);
		await teacher.getByLabel('Ask for predictions').check();
		await teacher.getByRole('button', { name: 'Everyone opens this' }).click();
		await expect(teacher.getByText('3 of 3 are there.')).toBeVisible();
		await drawExpectation(ada);
		await expect(teacher.getByText('1 of 3 have drawn.')).toBeVisible();

		await teacher.getByRole('button', { name: 'Start together' }).click();
		const curves = teacher.locator('[data-view=spread-curves]');
		await expect(curves).toHaveAttribute('aria-label', /runs: 3; plain-8: median \d+%/);
		const seeds = await Promise.all(students.map((each) => each.evaluate('location.search')));
		expect(new Set(seeds).size).toBe(3);
		await expect(curves.locator('.drawn')).toHaveCount(1);

		// One run whole, in the lab; the room goes on behind it.
		await teacher.getByLabel('One run').selectOption({ index: 1 });
		await teacher.getByRole('button', { name: 'Open it in the lab' }).click();
		await expect(teacher).toHaveURL(/\/lab\//);
		await expect(teacher.getByRole('heading', { name: 'plain-8' })).toBeVisible();
		await expect(teacher.getByTestId('status')).toHaveAttribute('data-status', 'replay');
		await teacher.goBack();

		await teacher.getByRole('tab', { name: 'Question' }).click();
		await teacher.getByLabel('From').selectOption('04-degradation');
		await teacher.getByRole('combobox', { name: 'Question' }).selectOption({ index: 1 });
		await teacher.getByRole('button', { name: 'Ask the class' }).click();
		await Promise.all(students.map((each) => vote(each, 'The deep one')));
		await expect(teacher.getByText('3 of 3 have voted.')).toBeVisible();
		await teacher.getByRole('button', { name: 'Close the vote' }).click();
		await teacher.getByRole('button', { name: 'Vote after the discussion' }).click();
		await Promise.all(students.map((each) => vote(each, 'The shallow one')));
		await expect(teacher.getByText('3 of 3 have voted.')).toBeVisible();
		await teacher.getByLabel('Show the votes here').check();
		await expect(teacher.getByText('Changed their answer: 3')).toBeVisible();
		await teacher.getByLabel('Show them to everyone').check();
		await expect(ada.getByTestId('question').getByText('3 · 100%').first()).toBeVisible();
		await expectAccessible(ada);
		await expectAccessible(teacher);

		// A reload on both sides loses nothing.
		await Promise.all([teacher.reload(), ada.reload()]);
		await expect(teacher.getByText('Students here: 3')).toBeVisible();
		await expect(ada.getByTestId('question')).toBeVisible();

		await teacher.getByRole('tab', { name: 'One experiment' }).click();
		for (const depth of ['20', '32', '44', '56'])
			await teacher.getByLabel(depth, { exact: true }).uncheck();
		await teacher.getByRole('combobox', { name: /^Seeds/ }).selectOption('1');
		await teacher.getByLabel('Steps per network').selectOption('10');
		await teacher.getByRole('button', { name: 'Deal out 4 networks' }).click();
		await expect(teacher.getByText('4 of 4 networks done.')).toBeVisible();
		const chart = teacher.getByRole('img', { name: /mean over 20 steps\. plain: 8 .*14 / });
		await expect(chart).toBeVisible();

		await teacher.getByRole('button', { name: 'End the room' }).click();
		await teacher.getByRole('alert').getByRole('button', { name: 'End the room' }).click();
		await expect(ada.getByRole('alert')).toContainText('Your teacher has ended the room.');
	} finally {
		end();
	}
});

test('without a server that has rooms, the page says how to get one', async ({ page }) => {
	await page.goto('/class/');
	await expect(page.getByRole('status')).toContainText('started without rooms');
	await expect(page.getByText('npm start -- --class', { exact: false }).first()).toBeVisible();
	await expect(page.getByRole('button', { name: 'Join' })).toHaveCount(0);
});
