export { type AddressGuard, type AddressKind, addressKind, createAddressGuard } from './address-guard.ts';
export { type Clock, systemClock } from './clock.ts';
export { mapLimit } from './concurrency.ts';
export { type Deadline, DeadlinePassed, withDeadline } from './deadline.ts';
export { type Dns, type DnsAnswer, DnsUnavailable, type IpAddress, type Srv } from './dns.ts';
export { cachedDns, type DnsCacheOptions } from './dns-cache.ts';
export { createDnsClient, type DnsClientOptions, parseDnsServer } from './dns-client.ts';
export type { DnsServer } from './dns-exchange.ts';
export {
  type CertificateName,
  FetchError,
  type FetchFailure,
  type FetchLimits,
  type FetchRequest,
  type FetchResponse,
  type GuardedFetch,
} from './fetch.ts';
export { createGathering, type Gathering } from './gathering.ts';
export { createGuardedFetch, type GuardedFetchOptions, type PooledFetch } from './guarded-fetch.ts';
export {
  ContentIncomplete,
  ContentRefused,
  ContentTooLong,
  fieldValue,
  fieldValues,
  type HttpField,
  type HttpRequest,
  type HttpResponse,
  trimBlanks,
} from './http.ts';
export { type Random, systemRandom } from './random.ts';
export { type Followed, followRedirects, maxRedirects, nextHop, type RedirectFault, redirected } from './redirect.ts';
export { createSingleFlight, type SingleFlight } from './single-flight.ts';
export { declinesService, orderSrv, type SrvTarget } from './srv-order.ts';
export { systemCode, systemReason } from './system-reason.ts';
export { fitThreadPool } from './thread-pool.ts';
export { untilAborted } from './until-aborted.ts';
