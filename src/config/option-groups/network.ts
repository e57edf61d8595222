import type { OptionTable } from '../option-definition.js';
import * as schema from '../schemas.js';
import * as typed from '../typed-values.js';

/** Who may watch, and by what ways. */
export const networkOptions: Pick<
  OptionTable,
  | 'enableLiveBroadcast'
  | 'maxViewers'
  | 'workers'
  | 'iceServers'
  | 'icePortRange'
  | 'announcedAddresses'
> = {
  enableLiveBroadcast: {
    group: 'Viewers and network',
    flags: '--no-live-broadcast',
    type: 'boolean',
    schema: schema.flag(),
    default: true,
    help: 'Many viewers at a time; --no-live-broadcast allows one, and a newcomer takes its place.',
    webgear: 'enable_live_broadcast',
  },
  maxViewers: {
    group: 'Viewers and network',
    flags: '--max-viewers <count>',
    type: 'number',
    schema: schema.countOrInfinity(),
    typed: typed.typedNumber,
    default: Infinity,
    defaultText: 'no limit',
    help: 'Refuse viewers beyond this number.',
  },
  workers: {
    group: 'Viewers and network',
    flags: '--workers <count>',
    type: "number | 'auto'",
    schema: schema.wholeOrAuto(0, 64),
    typed: typed.typedNumber,
    default: 0,
    help: 'Threads that serve viewers beside the main one, which a slow transform then cannot hold up; auto: as many as this machine should have.',
  },
  iceServers: {
    group: 'Viewers and network',
    flags: '--ice-server <address>',
    type: 'RTCIceServer[]',
    schema: schema.list(schema.iceServer(), 'a list of { urls, username?, credential? }'),
    typed: typed.typedIceServer,
    typedExpected:
      'stun:host:port, turn:user:password@host:port, or JSON such as {"urls":"stun:host"}',
    repeat: 'list',
    default: [],
    defaultText: 'none',
    help: 'A STUN or TURN server, for viewers beyond your own network: stun:host:port, turn:user:password@host:port.',
  },
  icePortRange: {
    group: 'Viewers and network',
    flags: '--ice-port-range <min-max>',
    type: '[min: number, max: number]',
    schema: schema
      .pair(schema.whole(1, 65_535, 'a whole number from 1 to 65535'), '[min, max] of UDP ports')
      .refine(([min, max]) => min <= max, 'a lower port before a higher one'),
    typed: typed.typedRange,
    typedExpected: 'a range such as 50000-50100',
    defaultText: 'any free port',
    help: 'UDP ports to send video from, for a firewall that opens only some.',
  },
  announcedAddresses: {
    group: 'Viewers and network',
    flags: '--announced-address <ip>',
    type: 'string[]',
    schema: schema.list(schema.ipAddress(), 'a list of IP addresses'),
    repeat: 'list',
    default: [],
    defaultText: 'none',
    help: 'An address viewers can reach this machine at, such as the public one of a cloud machine.',
  },
};
