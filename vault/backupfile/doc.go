// Package backupfile is the format of a backup, and nothing else: it knows no
// database, no tenant and no directory.
//
// A backup is an age v1 file (https://age-encryption.org/v1) whose plaintext is
// an ordinary tar (POSIX.1-2001), so that `age -d -i identity F | tar x` opens it
// without this program. Its members, in this order:
//
//	coffre-backup.json               Facts: who made it, of which tenants, where each chain stood
//	box.db                           the box's own database
//	keys/master.age                  the master identity, as its holder keeps it
//	keys/ca.pem, keys/ca.key         the box's own certificate authority
//	keys/firm.pem                    the firm's certificate with its key
//	keys/request.pem                 a signing request that waits, with its key
//	keys/acme-<16 hex>.key           an account at an ACME authority
//	tenants/<id>/store.db            the tenant's database
//	tenants/<id>/erasures.jsonl      its ledger of erasures, where there is one
//	tenants/<id>/index/vectors.db    what was embedded; may be missing
//	tenants/<id>/files/<sha-256>     the originals that the database refers to
//	damaged/<id>/…                   what a firm has that didn't open, as it was: store.db, erasures.jsonl, files/
//	objects.json                     Objects: of a file whose originals lie beside it
//	manifest.json                    Manifest: size and SHA-256 of each member before it
//
// A firm that didn't open when the backup was made is named in the facts. Its members
// lie under damaged/, and nobody has verified them; its originals that are what their
// names say lie where all do. A restore gives both their places back (Place).
//
// The originals that lie beside a file are age files of their own, each for the
// same recipients and under a name that says nothing to who hasn't the set's key
// (ObjectKey). What a restore believes of them stands in objects.json: the SHA-256
// of the original.
//
// What keys/ has of HTTPS is there only where the box has it. The keys that sign
// checkpoints never are: two who sign as one could make two histories of it, and
// after a restore the chain's recovery key vouches for a new one. The authority
// vouches for no history, only for who answers under a name now; without it every
// computer of the firm would have to be told to trust another one.
//
// The package's rule: a file is written by anybody. What reads it takes regular
// files of these names alone, each once, and calls nothing sound before the age
// stream has come to its authenticated end and the manifest agrees.
package backupfile
