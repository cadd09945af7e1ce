import type { Abortable } from '@isched/values';
import { type ChildPlan, type RunningChild, startChild } from './child.ts';
import type { Organisation } from './organisation.ts';

/** An organisation whose gateway runs. */
export interface RunningOrganisation extends RunningChild {
  readonly organisation: Organisation;
}

/**
 * Starts the gateway of an organisation as a process of its own, in its folder, and waits until it is ready.
 *
 * @param plan - the program: `isched serve --config <files.config>`, say.
 * @throws ChildFailed when it ends first or is not ready in time; the signal's reason.
 */
export async function startOrganisation(
  organisation: Organisation,
  plan: ChildPlan,
  options: Abortable = {},
): Promise<RunningOrganisation> {
  const running = await startChild({ folder: organisation.folder, ...plan }, options);
  return { organisation, ...running };
}
