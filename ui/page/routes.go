package page

// The addresses that the pages link and post to, with the names of the form
// fields. {id} stands for a public id.
//
//	GET  /setup              Setup;  POST: firm, admin_name, admin_user, password, password_again, lang, token
//	GET  /setup/restore      SetupRestore: token;  GET …/state: its part;  POST …/file?token=: file (multipart);  POST …/path: path, token
//	POST /setup/restore/check?token=  words, keys, checkpoint, ledger (files; multipart);  POST …/go: lost=1, new_authority=1, token;  POST …/drop: token
//	GET  /signin             SignIn; POST: user, password, next
//	POST /signout
//	POST /preferences        lang, theme, back (a path of ours to return to)
//	GET  /ask                Ask, empty; POST: question, collection* (none = all), conversation
//	POST /ask/stream         the same fields; answers text/event-stream, see ask.go
//	POST /ask/stop           answer (the id from the event "start")
//	GET  /ask/{id}           Ask with that conversation
//	POST /ask/{id}/rename    title
//	POST /ask/{id}/delete
//	GET  /documents          Documents: q, collection, status, bin=1, cursor
//	POST /documents          file*, collection; with "Coffre-Part: row" one file: UploadDone (202) or UploadFailed (4xx)
//	GET  /documents/{id}     Document: version, start, end, from (first page shown)
//	GET  /documents/{id}/original?version=
//	POST /documents/{id}/delete | restore | retry
//	GET  /search             Search: q, collection*
//	GET  /palette            PaletteList: q (part of a document's name)
//	GET  /collections        Collections: q, reads, page; POST: name, reader*, writer*
//	GET  /collections/{id}   CollectionOwn; POST: name, reader*, writer*;  POST …/grants: grant*, may (read, write, none);  POST …/delete
//	GET  /people             People: q, state, role, source, page; POST: name, user, password, role, group*
//	GET  /people/{id}        Person; POST: name, role, may, group*;  POST …/groups: join*, leave*
//	POST /people/{id}/disable | enable;  POST /people/{id}/password: password
//	GET  /groups             Groups: q, source, page; POST: name, member*
//	GET  /groups/{id}        GroupOwn; POST: name, member*;  POST …/members: add*, remove*;  POST …/delete
//	GET  /keys               Keys; POST: name, user;  POST /keys/{id}/revoke
//	GET  /journal            Journal: actor, class, outcome, from, to (dates), cursor
//	POST /journal/verify     key (optional first key); answers Verdict, or 303 to /journal without scripts
//	GET  /journal/verify     Verdict: polled while it runs
//	POST /journal/export     actor, class, outcome, from, to, private=1; answers the file
//	GET  /journal/checkpoint the note as text/plain
//	GET  /settings/backups/back   Back: step=plan, into, q, collection, show (all), page;  GET …/state: BackRuns
//	POST /settings/backups/back/copy   copy;  POST …/file: file (multipart);  POST …/open: words, reason;  POST …/drop: then
//	POST /settings/backups/back/choose   shown*, document*, go (find, plan, none, a page, whole), whole, q, collection, show;  POST …/take: into, rights=1
//	GET  /settings           Settings; POST: dotted names of settings, e.g. llm.url, llm.model
//	POST /settings/runtime/test   answers RuntimeResult
//
// A request made by htmx carries "HX-Request: true", one made by our own
// scripts "Coffre-Part: …"; both want the fragment that is named here, every
// other request the whole page. The part's name is in PartHeader.

// PartHeader names the fragment that one of our scripts asks for.
const PartHeader = "Coffre-Part"
