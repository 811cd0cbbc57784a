/**
 * The frames between the pages of a room and the server that relays them, as schemas: server and both pages check what
 * they receive with these. Students tell numbered messages, which the teacher's page acknowledges once it has stored
 * them; the teacher's page sends states (the stage for all, the desk of one), of which the latest counts. So nothing is
 * lost when a page, the server or the network fails for a while, and the server has nothing to remember.
 */
import * as v from 'valibot';
import { experimentSchema } from '$lib/lab/experiment/schema';
import { predictionSchema } from '$lib/lab/record/prediction';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import type { Immutable } from '$lib/base/immutable';
import { LIMITS } from './limits';
import { ROOM_PATH, VERSION } from './version';

export { LIMITS, ROOM_PATH, VERSION };

/** The letters of a code: no vowels, which make words, and none that look like another or like a digit. */
export const CODE_LETTERS = 'BCDFGHJKMNPRTVWXY';
export const CODE_LENGTH = 6;

/** A code as people type it, with blanks, in small or full-width letters; null if it is none. */
export function readCode(text: string): string | null {
	const code = text
		.normalize('NFKC')
		.toUpperCase()
		.replace(/[\s\p{Pd}]/gu, '');
	return v.is(codeSchema, code) ? code : null;
}

const codeSchema = v.pipe(
	v.string(),
	v.regex(
		new RegExp(`^[${CODE_LETTERS}]{${CODE_LENGTH}}$`),
		`expected ${CODE_LENGTH} letters of ${CODE_LETTERS}`
	)
);

/** A random name: of a room's key, a member, a question, a run. */
const tokenSchema = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'expected letters and digits'));
/** A name that nobody guesses: 128 random bits or more. */
const secretSchema = v.pipe(v.string(), v.regex(/^[\w-]{22,64}$/, 'expected 22 letters or more'));

/** Control characters, marks of direction and other characters that are not seen but change what is. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;
/** Plain text of a person: without what cannot be seen, and cut to its longest. */
const textSchema = (most: number) =>
	v.pipe(
		v.string(),
		v.maxLength(4 * most),
		v.transform((text) => [...text.replace(INVISIBLE, '').trim()].slice(0, most).join(''))
	);

const steps = v.pipe(indexSchema, v.maxValue(1_000_000));
const errors = v.array(v.nullable(shareSchema));

/** A run as a thin curve: training errors at some of its steps. */
const curveSchema = v.pipe(
	v.strictObject({
		run: tokenSchema,
		/** The set-up of the stage that it trains; null for an experiment of the student's own. */
		setup: v.nullable(tokenSchema),
		steps: v.pipe(v.array(steps), v.maxLength(LIMITS.points)),
		lanes: v.pipe(
			v.array(v.strictObject({ title: textSchema(60), errors })),
			v.minLength(1),
			v.maxLength(4)
		),
		done: v.boolean()
	}),
	v.check(
		({ steps, lanes }) => lanes.every(({ errors }) => errors.length === steps.length),
		'expected an error for each step'
	)
);
export type Curve = Immutable<v.InferOutput<typeof curveSchema>>;

/** What a machine found in a job, by lane of its experiment. */
const resultSchema = v.strictObject({
	/** `experimentId` of what it has trained. */
	experiment: tokenSchema,
	backend: textSchema(20),
	/** Mean time of a step, in milliseconds. */
	milliseconds: v.pipe(v.number(), v.finite(), v.minValue(0)),
	/** As in a point of a sweep; null if the numbers were no longer finite. */
	lanes: v.pipe(
		v.array(
			v.strictObject({ trainingError: v.nullable(shareSchema), testError: v.nullable(shareSchema) })
		),
		v.minLength(1),
		v.maxLength(4)
	)
});
export type JobResult = Immutable<v.InferOutput<typeof resultSchema>>;

/** A question is voted on before and after the discussion. */
const PHASES = ['before', 'after'] as const;
export type Phase = (typeof PHASES)[number];

/** What a student's page tells the teacher's. */
export const toldSchema = v.variant('kind', [
	v.strictObject({ kind: v.literal('name'), name: v.nullable(textSchema(LIMITS.name)) }),
	/** Where the student is: the path of a page, and the section or step on it. */
	v.strictObject({
		kind: v.literal('place'),
		page: textSchema(60),
		step: v.nullable(steps)
	}),
	/** Whether the machine takes jobs, and its speed (units of `stepWork` in a millisecond); null before it is measured. */
	v.strictObject({
		kind: v.literal('machine'),
		takesJobs: v.boolean(),
		backend: v.nullable(textSchema(20)),
		speed: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)))
	}),
	v.strictObject({
		kind: v.literal('prediction'),
		setup: tokenSchema,
		prediction: predictionSchema
	}),
	v.strictObject({
		kind: v.literal('vote'),
		question: tokenSchema,
		phase: v.picklist(PHASES),
		choice: v.pipe(indexSchema, v.maxValue(LIMITS.choices - 1))
	}),
	v.strictObject({ kind: v.literal('curve'), curve: curveSchema }),
	/** The run that the teacher asks for is no longer on this machine. */
	v.strictObject({ kind: v.literal('no-run'), run: tokenSchema }),
	v.strictObject({ kind: v.literal('working'), job: tokenSchema, step: steps }),
	v.strictObject({ kind: v.literal('result'), job: tokenSchema, result: resultSchema }),
	v.strictObject({
		kind: v.literal('failed'),
		job: tokenSchema,
		detail: textSchema(LIMITS.text)
	})
]);
export type Told = Immutable<v.InferOutput<typeof toldSchema>>;

/** A message that tells the same again, with newer values, replaces one that is not acknowledged yet. */
export function subjectOf(told: Told): string {
	switch (told.kind) {
		case 'name':
		case 'place':
		case 'machine':
			return told.kind;
		case 'prediction':
			return `prediction ${told.setup}`;
		case 'vote':
			return `vote ${told.question} ${told.phase}`;
		case 'curve':
			return `curve ${told.curve.run}`;
		case 'no-run':
			return `no-run ${told.run}`;
		case 'working':
		case 'result':
		case 'failed':
			return `${told.kind} ${told.job}`;
	}
}

/** An address within the app: a page, and what it opens. */
const addressSchema = v.pipe(
	v.string(),
	v.maxLength(LIMITS.address),
	v.regex(/^(lab|explore|lessons\/[\w-]+)\/(\?[^#\s]*)?$/, 'expected a page of the app')
);

/** What is on for everybody: the teacher's page sends it whole. */
export const stageSchema = v.strictObject({
	/** "Everyone opens this", such as `lab/?preset=degradation`; another id asks to open it again. */
	setup: v.nullable(v.strictObject({ id: tokenSchema, address: addressSchema })),
	/** Names of the panels that are hidden, as in the lab's `hide`. */
	hidden: v.pipe(v.array(tokenSchema), v.maxLength(40)),
	/** Whether students are asked to draw what they expect before they run. */
	predict: v.boolean(),
	/** Another id starts every run of the set-up; null before. */
	start: v.nullable(tokenSchema),
	question: v.nullable(
		v.strictObject({
			id: tokenSchema,
			text: textSchema(LIMITS.text),
			choices: v.pipe(v.array(textSchema(80)), v.minLength(2), v.maxLength(LIMITS.choices)),
			/** Which vote is open: before or after the discussion, or none. */
			open: v.nullable(v.picklist(PHASES)),
			/** Votes by choice where the teacher shows them to all. */
			shown: v.nullable(
				v.strictObject({ before: v.array(indexSchema), after: v.array(indexSchema) })
			)
		})
	)
});
export type Stage = Immutable<v.InferOutput<typeof stageSchema>>;
export type Question = NonNullable<Stage['question']>;
export const EMPTY_STAGE: Stage = {
	setup: null,
	hidden: [],
	predict: false,
	start: null,
	question: null
};

/** What is on for one student. */
const deskSchema = v.strictObject({
	/** The job that this machine is to do. */
	job: v.nullable(v.strictObject({ id: tokenSchema, experiment: experimentSchema, steps })),
	/** The run that the teacher wants whole. */
	wanted: v.nullable(tokenSchema)
});
export type Desk = Immutable<v.InferOutput<typeof deskSchema>>;
export type DealtJob = NonNullable<Desk['job']>;
export const EMPTY_DESK: Desk = { job: null, wanted: null };

const hello = { version: v.number(), code: codeSchema };
const member = { member: secretSchema };
const numbered = {
	number: v.pipe(indexSchema, v.minValue(1)),
	after: indexSchema,
	told: toldSchema
};
const part = {
	run: tokenSchema,
	part: indexSchema,
	parts: v.pipe(indexSchema, v.minValue(1), v.maxValue(1000)),
	/** Base64 of a piece of the packed record. */
	data: v.pipe(v.string(), v.maxLength(LIMITS.part), v.regex(/^[\w+/]*=*$/))
};
const acknowledged = indexSchema;
const beat = v.strictObject({ kind: v.literal('beat') });

/** The first frame of a connection. */
export const helloSchema = v.variant('kind', [
	/** Opens a room, or returns to it: only who has the key that opened it may. */
	v.strictObject({ kind: v.literal('open'), ...hello, key: secretSchema }),
	v.strictObject({ kind: v.literal('join'), ...hello, ...member })
]);
export type Hello = v.InferOutput<typeof helloSchema>;

/** From a student's page to the server. */
export const studentFrameSchema = v.variant('kind', [
	beat,
	/** `after` is the number of the message before it that still counts, so that the teacher's page notices a gap. */
	v.strictObject({ kind: v.literal('tell'), ...numbered }),
	v.strictObject({ kind: v.literal('part'), ...part })
]);
export type StudentFrame = Immutable<v.InferOutput<typeof studentFrameSchema>>;

/** From the teacher's page to the server. */
export const teacherFrameSchema = v.variant('kind', [
	beat,
	v.strictObject({ kind: v.literal('stage'), stage: stageSchema }),
	v.strictObject({ kind: v.literal('desk'), ...member, desk: deskSchema }),
	/** All that a student who has just arrived needs, after which it sends again what is not acknowledged. */
	v.strictObject({
		kind: v.literal('welcome'),
		...member,
		acknowledged,
		stage: stageSchema,
		desk: deskSchema
	}),
	v.strictObject({
		kind: v.literal('acknowledge'),
		all: v.pipe(v.array(v.tuple([secretSchema, acknowledged])), v.maxLength(LIMITS.members))
	}),
	v.strictObject({ kind: v.literal('remove'), ...member }),
	/** Closes the room for all. */
	v.strictObject({ kind: v.literal('close') })
]);
export type TeacherFrame = Immutable<v.InferOutput<typeof teacherFrameSchema>>;

/** From the server to a student's page. */
export const toStudentSchema = v.variant('kind', [
	beat,
	/** Answers `join`, and follows when the teacher's page comes or goes. */
	v.strictObject({ kind: v.literal('joined'), teacher: v.boolean() }),
	v.strictObject({ kind: v.literal('stage'), stage: stageSchema }),
	v.strictObject({ kind: v.literal('desk'), desk: deskSchema }),
	v.strictObject({
		kind: v.literal('welcome'),
		acknowledged,
		stage: stageSchema,
		desk: deskSchema
	}),
	v.strictObject({ kind: v.literal('acknowledge'), acknowledged })
]);
export type ToStudent = Immutable<v.InferOutput<typeof toStudentSchema>>;

/** From the server to the teacher's page. */
export const toTeacherSchema = v.variant('kind', [
	beat,
	v.strictObject({ kind: v.literal('opened'), members: v.array(secretSchema) }),
	v.strictObject({ kind: v.literal('arrived'), ...member }),
	v.strictObject({ kind: v.literal('left'), ...member }),
	v.strictObject({ kind: v.literal('told'), ...member, ...numbered }),
	v.strictObject({ kind: v.literal('part'), ...member, ...part })
]);
export type ToTeacher = Immutable<v.InferOutput<typeof toTeacherSchema>>;
export type RunPart = Extract<ToTeacher, { kind: 'part' }>;

/**
 * Why the server ends a connection, as the code of its close frame. Those in `PASSING` pass: the page tries again.
 * - `full`: the room has all its members, or the server all its rooms or connections - `elsewhere`: the same page has
 * connected again - `slow`: it did not take what was sent to it
 */
export const REFUSALS = {
	version: 4000,
	malformed: 4001,
	'no-room': 4002,
	'wrong-key': 4003,
	/** Rooms are opened on the server's own machine. */
	'not-here': 4004,
	full: 4005,
	elsewhere: 4006,
	removed: 4007,
	closed: 4008,
	rate: 4009,
	slow: 4010,
	silent: 4011
} as const;
export type Refusal = keyof typeof REFUSALS;
export const PASSING: readonly Refusal[] = ['rate', 'slow', 'silent'];

/** What `GET room` answers where the app is served by `npm start`. */
export const roomInfoSchema = v.strictObject({
	version: v.number(),
	/** Whether rooms can be opened: `npm start -- --class`. */
	offered: v.boolean(),
	/** Whether who asks is on the server's own machine, where rooms are opened. */
	here: v.boolean(),
	https: v.boolean(),
	/** Addresses of the app on the local network, each ending with a slash; the likeliest first. */
	addresses: v.array(v.pipe(v.string(), v.url())),
	/** SHA-256 fingerprint of the certificate, `AB:CD:…`; null without https. */
	fingerprint: v.nullable(v.string())
});
export type RoomInfo = Immutable<v.InferOutput<typeof roomInfoSchema>>;
