import {
  AUTHORITATIVE_ANSWER,
  type Answer,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { Zone, ZoneRecord } from './zone.ts';
import { lookupInZones } from './zone-lookup.ts';

/**
 * What the server does with a question instead of answering it: fails, refuses, stays silent, cuts the answer so that the
 * client must come by TCP, sends octets that are no message, gives an alias without what it stands for, or answers under
 * another message's id, or a question that nobody asked.
 */
export type DnsBehaviour =
  | 'servfail'
  | 'refused'
  | 'silent'
  | 'truncated'
  | 'garbage'
  | 'alias-only'
  | 'other-id'
  | 'other-question';

/** What one question is answered from. */
export interface ServedZones {
  readonly zones: () => readonly Zone[];
  readonly behaviourOf: (name: string, type: string) => DnsBehaviour | undefined;
}

type Way = 'udp' | 'tcp';

/** Answers a query; nothing: silence. */
export type Reply = (query: Uint8Array, over: Way) => Buffer | undefined;

const rcodes = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, refused: 5 } as const;

/** RFC 1035 §4.2.1, for a client that says nothing of EDNS. */
const plainUdpOctets = 512;

/**
 * Answers one query from zones.
 *
 * @returns the answer, or nothing where there is none to send; and what was asked, where that could be read.
 * @throws nothing.
 */
export function answerQuery(
  query: Uint8Array,
  over: Way,
  served: ServedZones,
): { readonly question?: string; readonly octets: Buffer | undefined } {
  const packet = readQuery(query);
  const asked = packet?.questions?.[0];
  if (!packet || !asked) return { octets: undefined };
  const name = asked.name.toLowerCase();
  const question = `${asked.type} ${name}`;
  const behaviour = served.behaviourOf(name, asked.type);
  if (behaviour === 'silent') return { question, octets: undefined };
  if (behaviour === 'garbage') return { question, octets: garbageFor(packet) };
  const answer = disguised(answerFor(packet, name, { behaviour, served }), behaviour);
  const octets = encode(answer);
  const isCut = over === 'udp' && (behaviour === 'truncated' || octets.length > udpLimit(packet));
  return { question, octets: isCut ? encode(cut(answer)) : octets };
}

/** Right answers that are not the asker's. */
function disguised(answer: Packet, behaviour: DnsBehaviour | undefined): Packet {
  if (behaviour === 'other-id') return { ...answer, id: ((answer.id ?? 0) + 1) % 0x1_0000 };
  if (behaviour !== 'other-question') return answer;
  const questions = (answer.questions ?? []).map((question) => ({ ...question, name: `other.${question.name}` }));
  return { ...answer, questions };
}

function readQuery(query: Uint8Array): DecodedPacket | undefined {
  try {
    const packet = decode(Buffer.from(query));
    return packet.type === 'query' ? packet : undefined;
  } catch {
    return undefined;
  }
}

function answerFor(
  packet: DecodedPacket,
  name: string,
  how: { readonly behaviour: DnsBehaviour | undefined; readonly served: ServedZones },
): Packet {
  if (how.behaviour === 'servfail') return response(packet, rcodes.serverFailure);
  if (how.behaviour === 'refused') return response(packet, rcodes.refused);
  const { rcode, answers, authorities } = lookupInZones(how.served.zones(), name, packet.questions?.[0]?.type ?? 'A');
  if (how.behaviour === 'alias-only' && answers[0]?.type === 'CNAME') {
    return { ...response(packet, rcodes.noError), answers: [wireRecord(answers[0])] };
  }
  return {
    ...response(packet, rcode === 'NXDOMAIN' ? rcodes.nameError : rcodes.noError),
    answers: answers.map(wireRecord),
    authorities: authorities.map(wireRecord),
  };
}

function response(packet: DecodedPacket, rcode: number): Packet {
  const edns = (packet.additionals ?? []).some(({ type }) => type === 'OPT');
  return {
    type: 'response',
    id: packet.id,
    flags: rcode | AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((packet.flags ?? 0) & RECURSION_DESIRED),
    questions: packet.questions ?? [],
    additionals: edns ? [optRecord] : [],
  };
}

const optRecord: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

function cut(answer: Packet): Packet {
  return { ...answer, flags: (answer.flags ?? 0) | TRUNCATED_RESPONSE, answers: [], authorities: [] };
}

function udpLimit(packet: DecodedPacket): number {
  const opt = (packet.additionals ?? []).find(({ type }) => type === 'OPT');
  return opt?.type === 'OPT' ? Math.max(plainUdpOctets, opt.udpPayloadSize) : plainUdpOctets;
}

/** The right id, so that the client takes it for its answer, and then nothing that could be one. */
function garbageFor(packet: DecodedPacket): Buffer {
  return Buffer.from([(packet.id ?? 0) >> 8, (packet.id ?? 0) & 0xff, 0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0, 0xff, 0xff]);
}

function wireRecord(record: ZoneRecord): Answer {
  const common = { name: record.name, ttl: record.ttlSeconds, class: 'IN' as const };
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { ...common, type: record.type, data: record.address };
    case 'CNAME':
    case 'NS':
      return { ...common, type: record.type, data: record.target };
    case 'TXT':
      return { ...common, type: 'TXT', data: record.strings.map((text) => Buffer.from(text, 'latin1')) };
    case 'SRV': {
      const { priority, weight, port, target } = record;
      return { ...common, type: 'SRV', data: { priority, weight, port, target } };
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record;
      return { ...common, type: 'SOA', data: { mname, rname, serial, refresh, retry, expire, minimum } };
    }
    default:
      return record satisfies never;
  }
}
