/** Bytes before the samples. */
const headerSize = 44;

/**
 * A WAV file of 16-bit samples, as RIFF has it.
 *
 * @param samples - Interleaved.
 * @throws {RangeError} when they are more than the 4 GB such a file can hold.
 */
export function wavFile(samples: Int16Array, sampleRate: number, numberOfChannels: number): Buffer {
  const size = samples.length * 2;
  if (size > 0xffff_ffff - headerSize) throw new RangeError('audio: too long for a WAV file');
  const file = Buffer.alloc(headerSize + size);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(headerSize - 8 + size, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(numberOfChannels, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * numberOfChannels * 2, 28);
  file.writeUInt16LE(numberOfChannels * 2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(size, 40);
  for (let i = 0; i < samples.length; i++) {
    file.writeInt16LE(samples[i] as number, headerSize + i * 2);
  }
  return file;
}
