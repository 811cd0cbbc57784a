import { describe, expect, it } from 'vitest';
import { analyse, knownNames, networkOf, parseName } from '$lib/network';
import { mapLabels } from '../words/graph';
import { PLAIN_PALETTE } from '../test/plain';
import { layOutAligned } from './align';
import { contentTexts } from './labels';
import { mapHeight, type GraphLayout } from './layout';
import { paint, transformOf, viewAt } from './paint';
import { textWidth, type Pen } from './pen';

const WIDTHS = [390, 1280, 1920];
const named = (name: string) => analyse(networkOf(parseName(name)));
const labels = mapLabels();

interface Label {
	readonly text: string;
	readonly size: number;
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
}

/** All texts written when a rectangle of a layout fills the picture. */
function labelsOf(
	layout: GraphLayout,
	width: number,
	height: number,
	part = transformOf(layout, width - 24, height)
) {
	const written: Label[] = [];
	const pen: Pen = {
		rect: () => {},
		line: () => {},
		text(x, y, text, { size, bold, align = 'middle' }) {
			const wide = textWidth(text, size, bold);
			const left = align === 'start' ? x : x - wide / 2;
			written.push({
				text,
				size,
				left,
				right: left + wide,
				top: y - size / 2,
				bottom: y + size / 2
			});
		}
	};
	paint(pen, {
		layout,
		view: viewAt({ ...part, x: part.x + 12 }, layout, height),
		width,
		height,
		palette: PLAIN_PALETTE,
		labels,
		gates: [],
		selected: null
	});
	return written;
}

const meet = (a: Label, b: Label) =>
	a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The faults of a picture's labels. */
function faults(written: readonly Label[], width: number, height: number): string[] {
	const sorted = written.toSorted((a, b) => a.left - b.left);
	return sorted.flatMap((a, i) => {
		const found: string[] = [];
		if (a.left < 0 || a.right > width || a.top < 0 || a.bottom > height)
			found.push(`${a.text} leaves the picture`);
		if (a.size < 11) found.push(`${a.text} is too small`);
		for (const b of sorted.slice(i + 1)) {
			if (b.left >= a.right) break;
			if (meet(a, b)) found.push(`${a.text} meets ${b.text}`);
		}
		return found;
	});
}

const NAMES = [...knownNames(), 'resnet-50?order=pre', 'cifar-resnet-20?shortcut=C'];

describe.each(WIDTHS)(
	'in a picture %i wide, labels overlap nowhere and none leaves it',
	(width) => {
		it.each(NAMES)('%s', (name) => {
			const [layout] = layOutAligned([named(name)], 'resolution');
			const height = mapHeight(layout, 1);
			const written = labelsOf(layout, width, height);
			expect(written.length).toBeGreaterThan(0);
			expect(faults(written, width, height)).toEqual([]);
		});

		it.each([
			['alexnet-2012', 'vgg-19', 'googlenet', 'resnet-50'],
			['vgg-19', 'plain-34', 'resnet-34']
		])('aligned: %s, %s, %s', (...names) => {
			for (const layout of layOutAligned(names.map(named), 'resolution')) {
				const height = mapHeight(layout, names.length);
				expect(faults(labelsOf(layout, width, height), width, height)).toEqual([]);
			}
		});

		it.each(['googlenet', 'resnet-50', 'vgg-16'])('%s, opened further and further', (name) => {
			const [layout] = layOutAligned([named(name)], 'resolution');
			const height = mapHeight(layout, 1);
			for (const stage of layout.stages)
				for (const share of [1, 0.5, 0.25, 0.1]) {
					const part = { ...stage, width: stage.width * share };
					const written = labelsOf(layout, width, height, transformOf(part, width, height));
					// At the edges of the picture, a box and its text may be clipped.
					const whole = written.filter(
						({ left, right, top, bottom }) =>
							left >= 0 && right <= width && top >= 0 && bottom <= height
					);
					expect(faults(whole, width, height)).toEqual([]);
				}
		});
	}
);

describe('a closed box says what is in it', () => {
	const texts = (name: string, width = 1280) => {
		const [layout] = layOutAligned([named(name)], 'resolution');
		return labelsOf(layout, width, mapHeight(layout, 1)).map(({ text }) => text);
	};

	it('twice 3×3 in a basic block, 1×1, 3×3, 1×1 in a bottleneck', () => {
		expect(texts('resnet-34').filter((text) => text === '3×3, 64')).toHaveLength(6);
		const bottleneck = texts('resnet-50');
		const at = bottleneck.indexOf('1×1, 64');
		expect(bottleneck.slice(at, at + 3)).toEqual(['1×1, 64', '3×3, 64', '1×1, 256']);
	});

	it('the branches of an inception module', () => {
		expect(texts('googlenet', 1920)).toEqual(
			expect.arrayContaining(['1×1, 64', '1×1, 96 → 3×3, 128', '1×1, 16 → 5×5, 32'])
		);
	});

	it('the kernels of the branches where there is no room for more', () => {
		const rows = [['1×1, 64'], ['1×1, 96', '3×3, 128'], ['max pool', '1×1, 32']];
		expect(contentTexts(rows).at(-1)).toEqual(['1×1', '3×3', 'max pool']);
	});

	it('the size of a stage, also where its repetitions have no room', () => {
		const phone = texts('googlenet', 330);
		expect(phone).toEqual(expect.arrayContaining(['28×28', '14×14 · 5 blocks', '7×7']));
		expect(phone.filter((text) => /^×/.test(text))).toEqual([]);
	});

	it('size and repetitions of a stage, with the block where it is too small to be written into', () => {
		expect(texts('resnet-34')).toContain('stage 2 · 28×28 · 4 blocks');
		expect(texts('vgg-16')).toContain('stage 3 · 56×56 · 3 layers');
		expect(texts('resnet-152')).toEqual(
			expect.arrayContaining(['stage 3 · 14×14 · 36 blocks', '1×1, 256 · 3×3, 256 · 1×1, 1024'])
		);
		expect(texts('resnet-34', 390)).toEqual(expect.arrayContaining(['56×56', '28×28', '4 blocks']));
	});
});
