// Verifies exported logs with sigstore's JavaScript code (@sigstore/verify): its checkpoints and
// its proofs of inclusion.
//
// Usage: node verify.js VERIFIER-KEY DIRECTORY...
//
// A directory is one that `relec audit export` wrote; it may also hold proofs/*.tlog-proof. Every
// entry is proven with a path made of the hashes in the tiles. One JSON line a directory says what
// came of it; the exit code is 2 only if the question was wrong.
'use strict';

const { createHash, createPublicKey } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { verifyTLogInclusion } = require('@sigstore/verify/dist/tlog');
const { verifyCheckpoint } = require('@sigstore/verify/dist/tlog/checkpoint');

const WIDTH = 256;
const ED25519 = 0x01;
// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

// The log as sigstore knows one: key id, key, and a name that a signature line must have.
function authority(vkey) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const material = Buffer.from(encoded, 'base64');
  if (material[0] !== ED25519 || material.length !== 33) {
    throw new Error('the verifier key is not of Ed25519');
  }
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI, material.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  return { logID: Buffer.from(id, 'hex'), publicKey, baseURL: name };
}

// C2SP tlog-tiles: groups of three digits, and the width of what is not full.
function tilePath(level, n, size) {
  const count = Math.min(WIDTH, size - n * WIDTH);
  let name = String(n % 1000).padStart(3, '0');
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    name = `x${String(rest % 1000).padStart(3, '0')}/${name}`;
  }
  return `tile/${level}/${name}${count < WIDTH ? `.p/${count}` : ''}`;
}

function bundle(data) {
  const entries = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 2 + data.readUInt16BE(at);
    if (end > data.length) {
      throw new Error('a bundle is cut off');
    }
    entries.push(data.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

// All entries and all leaf hashes of an export of so many entries.
function contents(directory, size) {
  const entries = [];
  const leaves = [];
  for (let n = 0; n * WIDTH < size; n++) {
    entries.push(...bundle(fs.readFileSync(path.join(directory, tilePath('entries', n, size)))));
    const hashes = fs.readFileSync(path.join(directory, tilePath(0, n, size)));
    for (let at = 0; at < hashes.length; at += 32) {
      leaves.push(hashes.subarray(at, at + 32));
    }
  }
  if (entries.length !== size || leaves.length !== size) {
    throw new Error('entries or hashes are missing');
  }
  return { entries, leaves };
}

// RFC 6962, section 2.1.1: the path of one leaf, from its sibling upwards.
function paths(leaves) {
  const known = new Map();
  const border = (low, high) => {
    let half = 1;
    while (half * 2 < high - low) {
      half *= 2;
    }
    return low + half;
  };
  const hash = (low, high) => {
    if (high - low === 1) {
      return leaves[low];
    }
    const key = `${low}-${high}`;
    if (!known.has(key)) {
      const middle = border(low, high);
      const both = [Buffer.from([1]), hash(low, middle), hash(middle, high)];
      known.set(key, createHash('sha256').update(Buffer.concat(both)).digest());
    }
    return known.get(key);
  };
  const path = (index, low, high) => {
    if (high - low === 1) {
      return [];
    }
    const middle = border(low, high);
    return index < middle
      ? [...path(index, low, middle), hash(middle, high)]
      : [...path(index, middle, high), hash(low, middle)];
  };
  return (index) => path(index, 0, leaves.length);
}

function check(entry, index, hashes, envelope, log) {
  const inclusionProof = { logIndex: String(index), hashes, checkpoint: { envelope } };
  verifyTLogInclusion({ canonicalizedBody: entry, inclusionProof }, [log]);
}

function opened(envelope, log) {
  const { origin, logSize } = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, [log]);
  if (origin !== log.baseURL) {
    throw new Error('the checkpoint is of another log');
  }
  return { origin, size: Number(logSize) };
}

function checkProof(text, entries, log) {
  const border = text.indexOf('\n\n');
  const [format, index, ...hashes] = text.slice(0, border).split('\n');
  if (border < 0 || format !== 'c2sp.org/tlog-proof@v1' || !/^index [0-9]+$/.test(index)) {
    throw new Error('this is not a tlog-proof');
  }
  const envelope = text.slice(border + 2);
  const number = Number(index.slice(6));
  opened(envelope, log);
  if (number >= entries.length) {
    throw new Error('there is no entry of this index');
  }
  const decoded = hashes.map((line) => Buffer.from(line, 'base64'));
  check(entries[number], number, decoded, envelope, log);
}

function judge(directory, log) {
  const envelope = fs.readFileSync(path.join(directory, 'checkpoint'), 'utf8');
  const { origin, size } = opened(envelope, log);
  const { entries, leaves } = contents(directory, size);
  const pathOf = paths(leaves);
  entries.forEach((entry, index) => check(entry, index, pathOf(index), envelope, log));
  const folder = path.join(directory, 'proofs');
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  for (const file of files) {
    checkProof(fs.readFileSync(path.join(folder, file), 'utf8'), entries, log);
  }
  return { verdict: 'accepted', origin, size, proofs: files.length };
}

function main([vkey, ...directories]) {
  if (directories.length === 0) {
    console.error('usage: node verify.js VERIFIER-KEY DIRECTORY...');
    return 2;
  }
  const log = authority(vkey);
  for (const directory of directories) {
    let told;
    try {
      told = judge(directory, log);
    } catch (error) {
      told = { verdict: 'refused', reason: error.message };
    }
    console.log(JSON.stringify({ directory, ...told }));
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
