// Package update replaces the program of a box by one from a signed release file,
// and goes back by itself where that fails.
//
// Its rules:
//
//   - The installed program (root's, where the box is a service) is never written
//     to. A newer one lies under the data directory and is run in its place by
//     Follow, at each start, after its release's signature and its own SHA-256
//     were checked against keys that the installed program was linked with. Whoever
//     takes over the service can therefore leave nothing behind but a release.
//   - Nobody works with a new program before it has been tried on the data: it
//     leads them to its format, verifies every chain and looks at its own health,
//     with nothing listening and nothing leaving. Until then a copy of the data
//     (store/wayback) leads back. Afterwards nothing does: what people have been
//     told is saved stays.
//   - state.json is written before each step and says which is next. Any command
//     that opens the directory ends what a kill or a power cut left half done.
//
// On disk, under updates/ in the data directory:
//
//	state.json              State
//	lock                    flock(2): held by whoever stages or performs
//	programs/VERSION/       coffre (mode 0500) and head, the release file's signed head
//	before/                 the copy of the data while an update runs
//	failed/                 what Return replaces, for a moment
package update
