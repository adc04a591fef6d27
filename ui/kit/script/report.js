// A verdict has the fields of the binary's report, under the same names.

export class Fault {
  constructor(seq, code, detail = '') {
    this.seq = seq; // 0 where no entry is to blame
    this.code = code;
    this.detail = detail;
    this.looks = ''; // where the code does not say it all
    this.against = 0; // number, from 1, of the checkpoint from elsewhere that shows it
  }
}

export function fault(seq, code, detail) { return new Fault(seq, code, detail); }

// OptionError says that what the reader gave from elsewhere is unusable: 'key' or 'checkpoint'.
export class OptionError extends Error {
  constructor(what) {
    super('unusable ' + what);
    this.what = what;
  }
}

export function emptyReport() {
  return {
    ok: false, authentic: false, tenant: '', complete: false, entries: 0, pruned: 0, pruned_by: 0, first_fault: 0, fault: '',
    looks_like: '', against: 0, against_witness: '', detail: '', checkpoint_size: 0, checkpoint_root: '', handovers: 0, amber: false, restored: [], witnessed: [], receipt: null, entries_per_s: 0,
  };
}

export function refused(code, detail, tenant = '') {
  return Object.assign(emptyReport(), { fault: code, detail, tenant });
}

const looks = {
  edit: ['hash-mismatch', 'not-canonical', 'bad-payload', 'malformed-line', 'private-mismatch', 'bad-receipt'],
  deletion: ['missing-payload', 'neighbour-missing'],
  insertion: ['extra-entry'],
  reorder: ['time-backwards'],
  cut: ['truncated', 'shorter-than-checkpoint'],
  rewrite: ['root-mismatch', 'checkpoint-mismatch', 'checkpoint-signature', 'bad-checkpoint', 'bad-handover', 'handover-missing',
    'handover-mismatch', 'handover-proof', 'handover-signature', 'bad-restore', 'bad-pruned'],
  foreign: ['genesis-mismatch', 'bad-first-entry', 'first-key-mismatch', 'recovery-key-mismatch', 'checkpoint-other-chain'],
};

// looksLike is what a fault's code alone says of its cause, '' where several are as likely.
export function looksLike(code) { return Object.keys(looks).find((kind) => looks[kind].includes(code)) ?? ''; }
