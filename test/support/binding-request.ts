import { Message, classes, methods } from 'werift';

/** A viewer's STUN request to the session of that answer, with all that it must prove. */
export function bindingRequest(answer: string): Message {
  const [, user = ''] = /^a=ice-ufrag:(.*)$/m.exec(answer) ?? [];
  const [, password = ''] = /^a=ice-pwd:(.*)$/m.exec(answer) ?? [];
  return new Message(methods.BINDING, classes.REQUEST)
    .setAttribute('USERNAME', `${user}:viewer`)
    .setAttribute('PRIORITY', 1)
    .setAttribute('ICE-CONTROLLING', 1n)
    .addMessageIntegrity(Buffer.from(password))
    .addFingerprint();
}
