import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';

/** The types of records this library asks for. */
export type DnsRecordType = 'A' | 'AAAA' | 'SRV' | 'TXT';

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: DnsRecordType;
}

/** What a server answered, as far as this library reads it. */
export interface DnsMessage {
  /** RFC 1035 §4.1.1, joined with the upper octet of RFC 6891 §6.1.3. */
  readonly rcode: number;
  readonly truncated: boolean;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

/** A received message against what was asked: the answer; not meant for us; or ours, and unreadable. */
export type ReceivedMessage =
  | { readonly status: 'answer'; readonly message: DnsMessage }
  | { readonly status: 'stranger' }
  | { readonly status: 'garbled'; readonly cause: unknown };

/** RFC 6891 §6.2.5; the size that passes nearly every path without fragments. Octets. */
const udpPayloadOctets = 1232;

/** FORMERR, SERVFAIL, NOTIMP, REFUSED: some servers send these without repeating the question. */
const failureCodes: readonly number[] = [1, 2, 4, 5];

/**
 * Writes a question, recursion desired, with or without EDNS(0).
 *
 * @throws nothing for names that `parseDomainName` made.
 * @see RFC 1035 §4.1; RFC 6891 §6.1.
 */
export function encodeQuestion(question: DnsQuestion, edns: 'edns' | 'plain'): Buffer {
  return encode({
    type: 'query',
    id: question.id,
    flags: RECURSION_DESIRED,
    questions: [{ type: question.type, class: 'IN', name: question.name }],
    additionals: edns === 'edns' ? [optRecord] : [],
  });
}

const optRecord: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: udpPayloadOctets,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

/**
 * Reads a message and checks that it answers the question: id, name, type, class, and that it is an answer at all.
 *
 * @throws nothing: whatever the octets are, the result says so.
 * @see RFC 5452 §9.1.
 */
export function readMessage(octets: Uint8Array, question: DnsQuestion): ReceivedMessage {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (buffer.length < 2 || buffer.readUInt16BE(0) !== question.id) return { status: 'stranger' };
  let packet: DecodedPacket;
  try {
    packet = decodeWhole(buffer);
  } catch (cause) {
    return { status: 'garbled', cause };
  }
  const rcode = rcodeOf(packet);
  if (!packet.flag_qr || !repeatsQuestion(packet, question, rcode)) return { status: 'stranger' };
  return {
    status: 'answer',
    message: {
      rcode,
      truncated: packet.flag_tc,
      answers: packet.answers ?? [],
      authorities: packet.authorities ?? [],
    },
  };
}

/** The decoder reads past the end of what was cut short without a word; how far it came gives it away. */
function decodeWhole(buffer: Buffer): DecodedPacket {
  const packet = decode(buffer);
  if (!(decode.bytes <= buffer.length)) throw new Error('the message ends too early');
  return packet;
}

function rcodeOf(packet: DecodedPacket): number {
  const opt = (packet.additionals ?? []).find((record) => record.type === 'OPT');
  return ((opt?.extendedRcode ?? 0) << 4) | ((packet.flags ?? 0) & 0xf);
}

function repeatsQuestion(packet: DecodedPacket, question: DnsQuestion, rcode: number): boolean {
  const [asked, ...more] = packet.questions ?? [];
  if (!asked) return failureCodes.includes(rcode);
  return (
    more.length === 0 &&
    asked.name.toLowerCase() === question.name &&
    asked.type === question.type &&
    asked.class === 'IN'
  );
}
