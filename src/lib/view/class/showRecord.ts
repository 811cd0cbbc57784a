/** Shows a student's run in the lab of this tab. */
import { readRecordFiles } from '$lib/lab';
import { keptLab } from '../lab/kept';
import { recordProblemText } from '../words/records';
import { dataAddress } from './address';

/**
 * @param packed the record with gzip
 * @param name what the run is called in the lab
 * @returns what is wrong with it, in words; '' if it is shown
 */
export async function showRecord(packed: Blob, name: string): Promise<string> {
	let problem = '';
	await readRecordFiles([new File([packed], `${name}.json.gz`)], async (_, outcome) => {
		if ('problem' in outcome) {
			problem = recordProblemText(outcome.problem, __APP__);
			return;
		}
		const lab = keptLab(dataAddress());
		await lab.replay(outcome.record);
		// The page then keeps what is on its screen.
		lab.opened = true;
	});
	return problem;
}
