import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { latin1FromOctets } from '@isched/values';

/** Where recorded traffic lies; it is no part of the repository. */
export const corpus = process.env['ISCHED_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url));

/** Tests that need recordings say so in their title when they are skipped. */
export const hasRecordings = existsSync(`${corpus}/ischedule`);

/** Names of the recordings of one folder, `.txt` or `.http`. */
export function recordingsOf(folder: string): readonly string[] {
  return readdirSync(`${corpus}/ischedule/${folder}`)
    .filter((file) => /\.(?:txt|http)$/.test(file))
    .sort();
}

/** One recording: the request and, in the exchanges, its answer, each as it was on the wire (a character is an octet). */
export function readRecording(folder: string, file: string): { readonly request: string; readonly answer?: string } {
  const text = latin1FromOctets(readFileSync(`${corpus}/ischedule/${folder}/${file}`));
  if (file.endsWith('.http')) return { request: text };
  const [, request = text, answer] = /^>>> request\n([\s\S]*?)\n?<<< response[^\n]*\n([\s\S]*)$/.exec(text) ?? [];
  const restored = cutAtContentLength(withCrlf(request));
  return answer === undefined ? { request: restored } : { request: restored, answer: withCrlfHead(answer) };
}

/** What a JSON file of the recordings says. */
export function readRecordedJson(path: string): unknown {
  return JSON.parse(readFileSync(`${corpus}/ischedule/${path}`, 'utf8'));
}

function withCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

function withCrlfHead(text: string): string {
  const end = text.indexOf('\n\n');
  return `${withCrlf(text.slice(0, end + 2))}${text.slice(end + 2)}`;
}

function cutAtContentLength(request: string): string {
  const end = request.indexOf('\r\n\r\n') + 4;
  const length = /^content-length:[ \t]*(\d+)/im.exec(request.slice(0, end))?.[1];
  return length === undefined ? request : request.slice(0, end + Number(length));
}
