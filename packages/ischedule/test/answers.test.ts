import { calAddressKey, formatUtc, parseCalAddress } from '@isched/icalendar';
import { FetchError, fieldValue, fieldValues, type FetchResponse } from '@isched/runtime';
import { createFakeClock } from '@isched/testkit';
import { describe, expect, it } from 'vitest';
import { createPeerCapabilities, serialOf } from '../src/capabilities/cached.ts';
import type { Capabilities } from '../src/capabilities/capabilities.ts';
import { askReceiver } from '../src/discovery/ask.ts';
import { meaningOf, readVerdicts } from '../src/sender/outcomes.ts';
import { verdictOfLookup } from '../src/sender/send-to-receiver.ts';
import { parseRecipients } from '../src/wire/request-fields.ts';
import { haveRecordings, readRecording } from './exchanges/recordings.ts';
import { readExpectations } from './exchanges/world.ts';

interface ExpectedReading {
  readonly requirements?: readonly string[];
  readonly status: number;
  readonly serial?: string;
  readonly outcomes?: readonly ExpectedOutcome[];
  readonly capabilities?: 'none' | Readonly<Record<string, unknown>>;
  readonly means?: string;
  readonly redirect?: { readonly location: string; readonly taken: boolean };
}

interface ExpectedOutcome {
  readonly recipient: string;
  readonly outcome: string;
  readonly requestStatus?: string;
  readonly calendarData?: boolean;
  readonly httpStatus?: number;
  readonly fault?: string;
  readonly means: string;
}

const clock = createFakeClock();
const limits = { timeoutMs: 1_000, maxContentOctets: 1_000_000 };
const candidates = [{ url: 'https://peer.example/ischedule' }];

describe.skipIf(!haveRecordings)('recorded answers, as our sender reads them (skipped without the corpus)', () => {
  const folders = readExpectations<Readonly<Record<string, Readonly<Record<string, ExpectedReading>>>>>('answers.yaml');
  const cases = Object.entries(folders).flatMap(([folder, files]) =>
    Object.entries(files).map(([file, expected]) => ({
      folder,
      file,
      expected,
      ids: (expected.requirements ?? []).join(', '),
    })),
  );
  it.each(cases)('[$ids] $folder/$file', async ({ folder, file, expected }) => {
    const { request, response } = readRecording(folder, file);
    if (!response) throw new Error('no answer was recorded');
    expect(response.status).toBe(expected.status);
    expect(serialOf(response.fields)).toBe(expected.serial);
    if (expected.outcomes) await checkOutcomes(response, expected.outcomes, fieldValues(request.fields, 'Recipient'));
    if (expected.capabilities) await checkCapabilities(response, expected);
    if (expected.redirect) await checkRedirect(response, expected.redirect);
  });
});

async function checkOutcomes(
  response: FetchResponse,
  expected: readonly ExpectedOutcome[],
  recorded: readonly string[],
): Promise<void> {
  const asked =
    recorded.length > 0
      ? parseRecipients(recorded, 250).map(({ address }) => address)
      : [parseCalAddress('mailto:someone@example.org')];
  expect(asked.map(calAddressKey)).toEqual(expected.map(({ recipient }) => calAddressKey(parseCalAddress(recipient))));
  const answer = await askReceiver(
    { candidates, compose: async () => ({ method: 'POST', fields: [] }) },
    { fetch: async () => response, clock },
    limits,
  );
  const verdicts = readVerdicts(answer, {
    recipients: asked,
    mediaType: 'text/calendar',
    realTime: false,
    now: clock.now(),
  });
  const found = verdicts.map((verdict, index) => ({
    recipient: expected[index]?.recipient,
    outcome: verdict.status,
    ...(verdict.status === 'answered' ? { requestStatus: verdict.requestStatus.code } : {}),
    ...(verdict.status === 'answered' && verdict.calendarData !== undefined ? { calendarData: true } : {}),
    ...(verdict.status === 'failed' ? { httpStatus: verdict.httpStatus } : {}),
    ...(verdict.status === 'failed' && verdict.fault ? { fault: verdict.fault } : {}),
    ...(verdict.status === 'retry' && expected[index]?.httpStatus !== undefined
      ? { httpStatus: verdict.httpStatus }
      : {}),
    means: meaningOf(verdict),
  }));
  expect(found).toEqual(expected);
}

async function checkCapabilities(response: FetchResponse, expected: ExpectedReading): Promise<void> {
  const capabilities = createPeerCapabilities({ fetch: async () => response, clock });
  const lookup = await capabilities.lookup({ receiverId: 'peer', candidates });
  if (expected.capabilities === 'none') {
    if (lookup.status === 'known') throw new Error('capabilities where there are none');
    expect(meaningOf(verdictOfLookup(lookup, clock.now()))).toBe(expected.means);
    return;
  }
  if (lookup.status !== 'known') throw new Error(`no capabilities: ${lookup.status}`);
  expect(stated(lookup.capabilities)).toEqual(expected.capabilities);
}

/** In the words of answers.yaml. */
function stated(capabilities: Capabilities): object {
  const { schedulingMessages, attachments, minDateTime, maxDateTime } = capabilities;
  const all = {
    ...capabilities,
    schedulingMessages:
      schedulingMessages &&
      Object.fromEntries(schedulingMessages.map(({ component, methods }) => [component, methods])),
    attachments: attachments && Object.entries(attachments).flatMap(([kind, taken]) => (taken ? [kind] : [])),
    minDateTime: minDateTime && formatUtc(minDateTime),
    maxDateTime: maxDateTime && formatUtc(maxDateTime),
  };
  return JSON.parse(JSON.stringify(all)) as object;
}

async function checkRedirect(
  response: FetchResponse,
  expected: NonNullable<ExpectedReading['redirect']>,
): Promise<void> {
  expect(fieldValue(response.fields, 'Location')).toBe(expected.location);
  const followed: string[] = [];
  const answer = await askReceiver(
    { candidates, compose: async () => ({ method: 'GET', fields: [] }) },
    {
      clock,
      fetch: async (request) => {
        followed.push(request.url);
        if (followed.length > 1) throw new FetchError('connect-failed', 'the test ends here');
        return response;
      },
    },
    limits,
  );
  expect(followed.length > 1).toBe(expected.taken);
  expect(answer.status === 'misdirected').toBe(!expected.taken);
}
