import { SrtpSession } from 'werift';
import { createSrtpWriter } from '../src/rtc/srtp-writer.js';
import { PacketRun } from '../src/rtc/packet-run.js';
import { RtpHeaderWriter } from '../src/rtc/rtp-header.js';
for (const profile of [7, 1] as const) {
  const key = Buffer.alloc(16, 1), salt = Buffer.alloc(profile === 7 ? 12 : 14, 2);
  const w = createSrtpWriter(new SrtpSession({ keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt }, profile }));
  const run = new PacketRun(); const h = new RtpHeaderWriter({absSendTime:{id:2,oneWay:false}}, '', { ssrc: 7, payloadType: 96 });
  const pay = Array.from({ length: 6 }, () => Buffer.alloc(1150));
  let index = 0; let headUs = 0;
  const once = (seal: boolean) => { run.begin(7); const size = h.begin(1, { mid: false, playoutDelay: false }, 0);
    for (const p of pay) { const at = run.add(size, p.length, index); h.write(run.bytes, at, size, false, index & 0xffff, 0); run.bytes.set(p, at + size); index++; }
    if (seal) w.seal(run); };
  for (const seal of [false, true]) { const r: number[] = [];
    for (let k = 0; k < 7; k++) { const c = process.cpuUsage(); for (let i = 0; i < 4000; i++) once(seal); const d = process.cpuUsage(c); r.push((d.user + d.system) / 24000); }
    console.log(profile, seal ? 'header+seal' : 'header', Math.min(...r).toFixed(2), r.sort((a,b)=>a-b)[3]!.toFixed(2), 'us/packet'); }
}
