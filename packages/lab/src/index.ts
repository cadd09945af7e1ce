export { parseZone, type Zone, type ZoneData, type ZoneRecord } from './dns/zone.ts';
export { lookupInZones, type ZoneAnswer } from './dns/zone-lookup.ts';
export { ZoneError } from './dns/zone-tokens.ts';
