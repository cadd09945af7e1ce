import { readFileSync } from 'node:fs';
import { parseCalAddress, parseCalendar, propertyValue } from '@isched/icalendar';
import { createPeerCapabilities, meaningOf } from '@isched/ischedule';
import { type FetchResponse, fieldValue } from '@isched/runtime';
import { createFakeClock } from '@isched/testkit';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readVerdicts, verdictOfStatus } from '../packages/ischedule/src/sender/read-verdicts.ts';
import { hasRecordings, readRecording, recordingsOf } from './support/corpus.ts';
import { splitMessage } from './support/raw-request.ts';

interface ExpectedReading {
  readonly requirements?: readonly string[];
  readonly status: number;
  readonly serial?: string;
  readonly outcomes?: readonly ExpectedOutcome[];
  readonly capabilities?: 'none' | ExpectedCapabilities;
  readonly means?: string;
  readonly redirect?: { readonly location: string; readonly taken: boolean };
}

interface ExpectedOutcome {
  readonly recipient: string;
  readonly outcome: string;
  readonly requestStatus?: string;
  readonly calendarData?: true;
  readonly httpStatus?: number;
  readonly fault?: string;
  readonly means: string;
}

interface ExpectedCapabilities {
  readonly serialNumber?: string;
  readonly versions?: readonly string[];
  readonly schedulingMessages?: Readonly<Record<string, readonly string[]>>;
  readonly calendarDataTypes?: readonly { readonly contentType: string; readonly version?: string }[];
  readonly attachments?: readonly string[];
  readonly rscales?: readonly string[];
  readonly maxContentLength?: number;
  readonly minDateTime?: string;
  readonly maxDateTime?: string;
}

const expectations = parse(readFileSync(new URL('exchanges/answers.yaml', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, ExpectedReading>>>
>;
const clock = createFakeClock();

describe.each(Object.entries(expectations))('what the sender reads from recorded answers: %s', (folder, answers) => {
  it.skipIf(!hasRecordings)('is written down for every recording (skipped without the corpus)', () => {
    expect(Object.keys(answers).sort()).toEqual(recordingsOf(folder));
  });

  const cases = Object.entries(answers).map(([file, expected]) => {
    const ids = expected.requirements?.join(', ');
    return [ids === undefined ? file : `[${ids}] ${file}`, { file, expected }] as const;
  });

  it.skipIf(!hasRecordings).each(cases)('%s', async (_title, { file, expected }) => {
    const response = responseOf(readRecording(folder, file).answer ?? '');
    expect(response.status).toBe(expected.status);
    expect(fieldValue(response.fields, 'iSchedule-Capabilities')).toBe(expected.serial);
    if (expected.outcomes) checkOutcomes(response, expected.outcomes);
    if (expected.capabilities === 'none') checkNoCapabilities(response, expected.means);
    else if (expected.capabilities) await checkCapabilities(response, expected.capabilities);
    if (expected.redirect) await checkRedirect(response, expected.redirect);
  });
});

function responseOf(recorded: string): FetchResponse {
  const { line, fields, content } = splitMessage(recorded);
  return { status: Number(line.split(' ')[1]), fields, content };
}

function checkOutcomes(response: FetchResponse, expected: readonly ExpectedOutcome[]): void {
  const recipients = expected.map(({ recipient }) => parseCalAddress(recipient));
  const asked = { status: 'answered', response, attempts: [] } as const;
  const verdicts = readVerdicts(asked, { recipients, mediaType: 'text/calendar', realTime: false, now: clock.now() });
  const found = verdicts.map((verdict, index) => ({
    recipient: recipients[index],
    outcome: verdict.status,
    requestStatus: 'requestStatus' in verdict ? verdict.requestStatus?.code : undefined,
    calendarData: verdict.status === 'answered' && verdict.calendarData !== undefined ? true : undefined,
    httpStatus: 'httpStatus' in verdict ? verdict.httpStatus : undefined,
    fault: verdict.status === 'failed' ? verdict.fault : undefined,
    means: meaningOf(verdict),
  }));
  expect(found).toEqual(expected.map((one) => ({ ...one, httpStatus: httpStatusOf(one, response) })));
  for (const verdict of verdicts) {
    if (verdict.status !== 'answered' || verdict.calendarData === undefined) continue;
    expect(verdict.calendarData).toMatch(/^(?:[^\r\n]*\r\n)+$/);
    expect(propertyValue(parseCalendar(verdict.calendarData), 'METHOD')).toBe('REPLY');
  }
}

/** Where a 200 is to be tried again the file leaves the status out. */
function httpStatusOf({ outcome, httpStatus }: ExpectedOutcome, { status }: FetchResponse): number | undefined {
  return outcome === 'retry' ? status : httpStatus;
}

function checkNoCapabilities(response: FetchResponse, means: string | undefined): void {
  expect(meaningOf(verdictOfStatus(response, clock.now()))).toBe(means);
}

async function lookUp(response: FetchResponse) {
  const asked: string[] = [];
  const fetch = async ({ url }: { readonly url: string }): Promise<FetchResponse> => {
    asked.push(url);
    return response;
  };
  const candidate = { url: 'https://peer.example/.well-known/ischedule' };
  const lookup = await createPeerCapabilities({ fetch, clock }).lookup({ receiverId: 'peer', candidates: [candidate] });
  return { lookup, asked };
}

async function checkCapabilities(response: FetchResponse, expected: ExpectedCapabilities): Promise<void> {
  const { lookup } = await lookUp(response);
  expect(lookup.status).toBe('known');
  if (lookup.status !== 'known') return;
  const { capabilities } = lookup;
  expect({
    ...capabilities,
    schedulingMessages:
      capabilities.schedulingMessages &&
      Object.fromEntries(capabilities.schedulingMessages.map(({ component, methods }) => [component, methods])),
    attachments:
      capabilities.attachments &&
      Object.entries(capabilities.attachments).flatMap(([kind, taken]) => (taken ? [kind] : [])),
    minDateTime: capabilities.minDateTime && basicFormat(capabilities.minDateTime),
    maxDateTime: capabilities.maxDateTime && basicFormat(capabilities.maxDateTime),
  }).toEqual(expected);
}

function basicFormat(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
}

async function checkRedirect(
  response: FetchResponse,
  { location, taken }: NonNullable<ExpectedReading['redirect']>,
): Promise<void> {
  expect(fieldValue(response.fields, 'Location')).toBe(location);
  const { lookup, asked } = await lookUp(response);
  expect(lookup.status).toBe(taken ? 'known' : 'refused');
  expect(asked).toHaveLength(1);
}
