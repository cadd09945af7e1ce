import { type Component, parseCalendar, properties, propertyValue, subcomponents } from '@isched/icalendar';
import { readCapabilities, readScheduleAnswer } from '@isched/ischedule';
import { fieldValue, fieldValues, type HttpResponse } from '@isched/runtime';
import { describe, expect, it } from 'vitest';
import { hasRecordings, readRecording, recordingsOf } from './support/corpus.ts';
import { ask, type ExpectedAnswer, type Judge, readExpectations, receiverIn, type World } from './support/world.ts';

const folders = ['exchanges-cyrus', 'exchanges-davical', 'sent-cyrus', 'sent-davical', 'signed-cyrus'];

describe.each(folders)('what the receiver answers to recorded requests: %s', (folder) => {
  const { world, requests } = readExpectations(`${folder}.yaml`);

  it.skipIf(!hasRecordings)('is written down for every recording (skipped without the corpus)', () => {
    expect(Object.keys(requests).sort()).toEqual(recordingsOf(folder));
  });

  const cases = Object.entries(requests).flatMap(([file, expected]) => {
    const judges: readonly Judge[] = expected.both ? ['trusted', 'real', 'keyless', 'late'] : ['trusted', 'real'];
    return judges.flatMap((judge) => {
      const answer = expected[judge] ?? (judge === 'trusted' || judge === 'real' ? expected.both : undefined);
      const ids = expected.requirements?.join(', ') ?? '';
      return answer ? [[`[${ids}] ${file}, ${judge} verifier`, { file, judge, answer }] as const] : [];
    });
  });

  it.skipIf(!hasRecordings).each(cases)('%s', async (_title, { file, judge, answer }) => {
    const { request } = readRecording(folder, file);
    const response = await ask(receiverIn(world, judge), request);
    checkAnswer(response, answer, { request, world });
  });
});

function checkAnswer(
  response: HttpResponse,
  expected: ExpectedAnswer,
  { request, world }: { readonly request: string; readonly world: World },
): void {
  const content = Buffer.from(response.content).toString();
  expect([expected.status].flat(), content).toContain(response.status);
  expect(fieldValues(response.fields, 'iSchedule-Version')).toEqual(['1.0']);
  expect(fieldValues(response.fields, 'iSchedule-Capabilities')).toEqual([String(world.serial)]);
  if (request.startsWith('POST ')) {
    expect(fieldValues(response.fields, 'Cache-Control')).toEqual(['no-cache, no-transform']);
    expect(fieldValues(response.fields, 'Content-Type')).toEqual(['application/xml; charset=utf-8']);
  }
  for (const [name, value] of Object.entries(expected.headers ?? {}))
    checkField(fieldValue(response.fields, name), value);
  if (expected.content === 'none') expect(response.content).toHaveLength(0);
  if (expected.capabilities === 'current') checkCapabilities(response, world);
  if (expected.capabilities === 'legacy') expect(content).toMatch(/<capability-set>[\s\S]*<supported-version-set>/);
  if (expected.fault !== undefined) checkFault(response, expected.fault);
  if (expected.responses) checkResponses(response, expected.responses, request);
}

function checkField(found: string | undefined, expected: string): void {
  const pattern = /^\/(.*)\/$/.exec(expected)?.[1];
  if (pattern === undefined) expect(found).toBe(expected);
  else expect(found).toMatch(new RegExp(pattern));
}

function checkCapabilities(response: HttpResponse, world: World): void {
  expect(readCapabilities(response.content)).toMatchObject({
    serialNumber: String(world.serial),
    versions: ['1.0'],
    maxContentLength: world.limits.maxContentLength,
    maxRecipients: world.limits.maxRecipients,
    maxInstances: world.limits.maxInstances,
  });
}

function checkFault(response: HttpResponse, fault: string): void {
  const answer = readScheduleAnswer(response.content);
  expect(answer.kind).toBe('error');
  if (answer.kind !== 'error') return;
  expect(answer.error.element).toBe(fault === 'none' ? undefined : fault);
  expect(answer.error.description).toMatch(/\S/);
}

function checkResponses(
  response: HttpResponse,
  expected: NonNullable<ExpectedAnswer['responses']>,
  request: string,
): void {
  const answer = readScheduleAnswer(response.content);
  expect(answer.kind).toBe('responses');
  if (answer.kind !== 'responses') return;
  const found = answer.responses.map(({ recipient, requestStatus, calendarData }) => ({
    recipient,
    requestStatus: requestStatus?.split(';')[0],
    ...(calendarData ? { calendarData: true } : {}),
  }));
  expect(found).toEqual(expected);
  for (const { recipient, calendarData } of answer.responses) {
    if (!calendarData) continue;
    expect(calendarData.contentType).toBe('text/calendar');
    checkFreeBusy(parseCalendar(calendarData.text), recipient, request);
  }
}

function checkFreeBusy(calendar: Component, recipient: string, request: string): void {
  expect(propertyValue(calendar, 'METHOD')).toBe('REPLY');
  expect(propertyValue(calendar, 'VERSION')).toBe('2.0');
  expect(propertyValue(calendar, 'PRODID')).toBeTruthy();
  const [answer, second] = subcomponents(calendar).filter(({ name }) => name === 'VFREEBUSY');
  expect(second).toBeUndefined();
  if (!answer) throw new Error('no VFREEBUSY');
  for (const name of ['UID', 'ORGANIZER', 'DTSTART', 'DTEND']) {
    expect(request).toContain(`\r\n${name}:${propertyValue(answer, name)}\r\n`);
  }
  expect(propertyValue(answer, 'DTSTAMP')).toMatch(/^\d{8}T\d{6}Z$/);
  expect(properties(answer, 'ATTENDEE').map(({ value }) => value)).toEqual([recipient]);
}
