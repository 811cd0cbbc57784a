/** The dispatches after the backward pass: norms, clipping, the optimiser's step. */
import { keepsSquares } from '../math/optimisers';
import { clipFactor } from '../optimiser';
import type { Dispatch, Lasting, Step } from './resources';

/** Norms of a lane's gradients and of its layers' kernels; a gradient norm that is not finite halts the lane. */
export function normDispatches(lane: Lasting): Dispatch<Step>[] {
	const { plan, parameters, probes } = lane;
	const halt: Dispatch<Step> = ({ loss, gradientNorms }) => {
		const finite = probes ? gradientNorms.every(Number.isFinite) : Number.isFinite(loss);
		parameters.halted ||= !finite;
	};
	if (!probes) return [halt];
	const weightNorms = plan.network.layers.map(({ kernel }) =>
		norm(lane, parameters.values, kernel)
	);
	return [
		gradientNorms(lane),
		({ metrics, gradientNorms }) => metrics.gradientNorms.set(gradientNorms),
		halt,
		({ metrics }) => weightNorms.forEach((norm, i) => (metrics.weightNorms[i] = norm()))
	];
}

/** The dispatches that a step without clipping omits. */
export function clipDispatches(lane: Lasting): Dispatch<Step>[] {
	const clip: Dispatch<Step> = (step) => {
		step.factor = clipFactor(step.constants.clip, Math.hypot(...step.gradientNorms));
	};
	return lane.probes ? [clip] : [gradientNorms(lane), clip];
}

/** The update, unless the lane is halted, and the norms of the updates of the layers' kernels. */
export function updateDispatches({ plan, module, parameters }: Lasting): Dispatch<Step>[] {
	const { values, velocities, squares, gradients } = parameters;
	const { parameters: all, layers } = plan.network;
	const updates = all.map(({ size }, i) =>
		module.kernel('update', {
			w: parameters.at(values, i),
			v: parameters.at(velocities, i),
			s: parameters.at(squares, i),
			g: parameters.at(gradients, i),
			count: size
		})
	);
	return [
		({ constants, factor, metrics }) => {
			if (parameters.halted) return;
			const { code, learningRate, momentum, weightDecay, correction } = constants;
			parameters.hasSquares ||= keepsSquares(constants.optimiser);
			const given = {
				optimiser: code,
				...{ learningRate, momentum, weightDecay, correction, factor }
			};
			const changes = updates.map((update) => update(given));
			layers.forEach(({ kernel }, i) => (metrics.updateNorms[i] = changes[kernel]));
		}
	];
}

function gradientNorms(lane: Lasting): Dispatch<Step> {
	const { plan, parameters } = lane;
	const norms = plan.network.parameters.map((_, i) => norm(lane, parameters.gradients, i));
	return ({ gradientNorms }) => norms.forEach((norm, i) => (gradientNorms[i] = norm()));
}

/** L2 norm of a parameter's values or gradients. */
export function norm({ plan, module, parameters }: Lasting, all: number, parameter: number) {
	const { size } = plan.network.parameters[parameter];
	return module.kernel('norm', { x: parameters.at(all, parameter), count: size });
}
