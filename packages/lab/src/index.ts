export type { DnsBehaviour } from './dns/dns-reply.ts';
export { parseZone, type Zone, type ZoneData, type ZoneRecord } from './dns/zone.ts';
export { createZoneDnsServer, type ZoneDnsServer } from './dns/zone-dns-server.ts';
export { lookupInZones, type ZoneAnswer } from './dns/zone-lookup.ts';
export { ZoneError } from './dns/zone-tokens.ts';
export { freePort } from './free-port.ts';
export {
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
  type IssuedCertificate,
  issueCertificate,
} from './tls/certificates.ts';
export { ChildFailed, type ChildExit, type ChildPlan, type RunningChild, startChild } from './organisation/child.ts';
export {
  type Organisation,
  type OrganisationFiles,
  type OrganisationPlan,
  prepareOrganisation,
} from './organisation/organisation.ts';
export { type RunningOrganisation, startOrganisation } from './organisation/start.ts';
export { type LabPostgres, PostgresMissing, type PostgresOptions, startPostgres } from './postgres/postgres.ts';
