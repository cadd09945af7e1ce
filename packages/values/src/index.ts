export type { Abortable } from './abortable.ts';
export type { Brand } from './brand.ts';
export {
  type DomainName,
  DomainNameError,
  isNameLength,
  isWithin,
  parentDomain,
  parseDomainName,
} from './domain-name.ts';
export { latin1FromOctets, type Octets, octetsFromLatin1, octetsFromText } from './octets.ts';
export { type EpochMs, epochMs, type TimeRange } from './time.ts';
