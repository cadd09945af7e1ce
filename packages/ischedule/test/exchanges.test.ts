import { fieldValue, fieldValues, type HttpResponse } from '@isched/runtime';
import { parseCalendar, property, subcomponents } from '@isched/icalendar';
import { isFaultCode } from '../src/fault.ts';
import { readScheduleAnswer } from '../src/wire/schedule-response.ts';
import { parseXml } from '../src/wire/xml.ts';
import { describe, expect, it } from 'vitest';
import { haveRecordings, httpRequestOf, readRecording } from './exchanges/recordings.ts';
import {
  type ExpectedAnswer,
  type ExpectedExchanges,
  type Judge,
  readExpectations,
  receiverOf,
  type World,
} from './exchanges/world.ts';

const folders = ['exchanges-cyrus', 'exchanges-davical', 'sent-cyrus', 'sent-davical', 'signed-cyrus'];
const judges: readonly Judge[] = ['trusted', 'real', 'keyless', 'late'];

describe.skipIf(!haveRecordings)('answers to recorded requests (skipped without the corpus)', () => {
  describe.each(folders)('%s', (folder) => {
    const { world, requests } = readExpectations<ExpectedExchanges>(`${folder}.yaml`);
    const cases = Object.entries(requests).flatMap(([file, expected]) =>
      judges.flatMap((judge) => {
        const answer = expected[judge] ?? (judge === 'trusted' || judge === 'real' ? expected.both : undefined);
        return answer ? [{ file, judge, answer, ids: (expected.requirements ?? []).join(', ') }] : [];
      }),
    );
    it.each(cases)('[$ids] $file, $judge', async ({ file, judge, answer }) => {
      const { request } = readRecording(folder, file);
      const response = await receiverOf(world, judge).handle(httpRequestOf(request));
      checkAlways(response, request.method, world);
      checkAnswer(response, answer, request.method);
    });
  });
});

function checkAlways(response: HttpResponse, method: string, world: World): void {
  expect(fieldValues(response.fields, 'iSchedule-Version')).toEqual(['1.0']);
  expect(fieldValues(response.fields, 'iSchedule-Capabilities')).toEqual([String(world.serial)]);
  if (method !== 'POST') return;
  expect(fieldValues(response.fields, 'Cache-Control')).toEqual(['no-cache, no-transform']);
  expect(fieldValues(response.fields, 'Content-Type')).toEqual(['application/xml; charset=utf-8']);
}

function checkAnswer(response: HttpResponse, expected: ExpectedAnswer, method: string): void {
  expect([expected.status].flat(), textOf(response)).toContain(response.status);
  for (const [name, wanted] of Object.entries(expected.headers ?? {})) {
    const value = fieldValue(response.fields, name);
    const pattern = /^\/(.*)\/$/.exec(wanted)?.[1];
    if (pattern === undefined) expect(value, name).toBe(wanted);
    else expect(value, name).toMatch(new RegExp(pattern));
  }
  if (expected.content === 'none') expect(response.content).toHaveLength(0);
  if (expected.fault !== undefined) checkFault(response, expected.fault, method);
  if (expected.responses) checkResponses(response, expected.responses);
  if (expected.capabilities) checkDocument(response, expected.capabilities);
}

function checkFault(response: HttpResponse, fault: string, method: string): void {
  if (fault === 'none' && response.content.length === 0 && method !== 'POST') return;
  const root = parseXml(textOf(response));
  expect([root.namespace, root.name]).toEqual(['urn:ietf:params:xml:ns:ischedule', 'error']);
  expect(root.children.map((child) => child.name).filter(isFaultCode)).toEqual(fault === 'none' ? [] : [fault]);
  expect(root.children.find((child) => child.name === 'response-description')?.text).toBeTruthy();
}

function checkResponses(response: HttpResponse, expected: NonNullable<ExpectedAnswer['responses']>): void {
  const answer = readScheduleAnswer(response.content);
  if (answer.kind !== 'responses') throw new Error('an error instead of responses');
  const found = answer.responses.map(({ recipient, requestStatus, calendarData }) => ({
    recipient,
    requestStatus: requestStatus?.split(';')[0],
    ...(calendarData ? { calendarData: true } : {}),
  }));
  expect(found).toEqual(expected);
  for (const { recipient, calendarData } of answer.responses) {
    if (!calendarData) continue;
    expect([calendarData.contentType, calendarData.version]).toEqual(['text/calendar', '2.0']);
    const calendar = parseCalendar(calendarData.text);
    expect(property(calendar, 'METHOD')?.value).toBe('REPLY');
    expect(subcomponents(calendar).map((component) => property(component, 'ATTENDEE')?.value)).toEqual([recipient]);
  }
}

function checkDocument(response: HttpResponse, vocabulary: 'current' | 'legacy'): void {
  const root = parseXml(textOf(response));
  expect([root.namespace, root.name]).toEqual(['urn:ietf:params:xml:ns:ischedule', 'query-result']);
  expect(root.children.map((child) => child.name)).toEqual([
    vocabulary === 'current' ? 'capabilities' : 'capability-set',
  ]);
}

function textOf(response: HttpResponse): string {
  return Buffer.from(response.content).toString('utf8');
}
