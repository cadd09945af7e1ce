/** A part of a mail that holds a calendar. */
export interface CalendarPart {
  readonly type: string;
  /** `method` of its Content-Type. */
  readonly method: string | undefined;
  readonly text: string;
}

/**
 * The calendar parts of a mail: as much of MIME as the mails of the corpus need, and no more.
 *
 * @param mail - one character an octet.
 */
export function calendarParts(mail: string): readonly CalendarPart[] {
  const [head, body] = headAndBody(mail.replaceAll(/\r?\n/g, '\n'));
  return partsOf(head, body);
}

function partsOf(head: string, body: string): readonly CalendarPart[] {
  const contentType = field(head, 'content-type') ?? 'text/plain';
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('multipart/')) {
    return inner(body, attribute(contentType, 'boundary') ?? '').flatMap((part) => partsOf(...headAndBody(part)));
  }
  if (type !== 'text/calendar' && type !== 'application/ics') return [];
  const octets = decoded(body, field(head, 'content-transfer-encoding')?.trim().toLowerCase());
  const text = new TextDecoder(attribute(contentType, 'charset') ?? 'utf-8').decode(octets);
  return [{ type, method: attribute(contentType, 'method'), text }];
}

function headAndBody(text: string): readonly [string, string] {
  const end = text.indexOf('\n\n');
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 2)];
}

function field(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(head)?.[1]?.replaceAll(/\n[ \t]+/g, ' ');
}

function attribute(of: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(of);
  return match?.[1] ?? match?.[2];
}

function inner(body: string, boundary: string): readonly string[] {
  const parts = `\n${body}`.split(`\n--${boundary}`);
  return parts
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => part.replace(/^[ \t]*\n/, ''));
}

function decoded(body: string, encoding: string | undefined): Uint8Array {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  const text =
    encoding === 'quoted-printable'
      ? body
          .replaceAll(/[ \t]*=\n/g, '')
          .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : body;
  return Buffer.from(text, 'latin1');
}
