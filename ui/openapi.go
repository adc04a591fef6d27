package ui

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

// operation describes one REST route for OpenAPI 3.1. A test holds the table
// against the routes, both ways.
type operation struct {
	summary string
	query   map[string]string // parameter: meaning
	body    map[string]string // member: JSON type, "!" behind it where required
	upload  bool              // multipart/form-data with file and collection
	answer  any               // a value of the answer's type, or a media type
	list    string            // the member that lists answers of that type
	status  int               // default 200
}

// nameQuery narrows a list by name.
var nameQuery = map[string]string{"q": "words of a name, case and accents aside; its first 100 characters", "cursor": "of the page before", "limit": "at most 1000, which is the default"}

var operations = map[string]operation{
	"POST /documents": {summary: "Put a file in; its extraction is queued", upload: true, status: 202, answer: struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Version string `json:"version"`
	}{}},
	"GET /documents":                   {summary: "List documents", list: "documents", answer: documentJSON{}, query: map[string]string{"collection": "id", "q": "part of a name", "bin": "those in the bin", "cursor": "of the page before", "limit": "at most 1000"}},
	"GET /documents/{id}":              {summary: "A document with its versions and receipts", answer: documentJSON{}},
	"DELETE /documents/{id}":           {summary: "Move a document to the bin", status: 204},
	"POST /documents/{id}/restore":     {summary: "Take a document out of the bin", status: 204},
	"POST /documents/{id}/retry":       {summary: "Queue a failed extraction again", status: 204},
	"GET /documents/{id}/pages/{file}": {summary: "A page of a PDF: 3.png is its picture; 3.json says where its lines, and the range start to end of the text, stand; passage.json is the page on which the range begins", answer: "image/png", query: map[string]string{"version": "id; default: the current one", "width": "pixels, 16 to 2000; default 1000", "start": "byte offset in the text", "end": "byte offset in the text"}},
	"GET /documents/{id}/content":      {summary: "The original, or the extracted text to which start and end refer", answer: "application/octet-stream", query: map[string]string{"as": "original or text", "version": "id; default: the current one"}},

	"GET /collections":         {summary: "List collections", list: "collections", answer: collectionJSON{}, query: nameQuery},
	"POST /collections":        {summary: "Make a collection", body: map[string]string{"name": "string!", "readers": "strings", "writers": "strings"}, answer: collectionJSON{}, status: 201},
	"PATCH /collections/{id}":  {summary: "Change a collection's name, readers or writers", body: map[string]string{"name": "string", "readers": "strings", "writers": "strings"}, answer: collectionJSON{}},
	"DELETE /collections/{id}": {summary: "Delete an empty collection", status: 204},

	"GET /search": {summary: "Find passages; a phrase in quotation marks is held to, passages with a word after a minus are left out, a word that nothing readable holds is corrected", answer: searchJSON{}, query: map[string]string{"q": "words", "collection": "id, may be repeated", "limit": "at most 100"}},
	"POST /ask":   {summary: "Ask a question; with stream, server-sent events passages, queue, token, citation, done, error", body: map[string]string{"question": "string!", "collections": "strings", "conversation": "string", "stream": "boolean", "keep": "boolean; false: nothing of what is said is stored, where ask.unkept is on"}, answer: answerJSON{}},

	"GET /conversations":         {summary: "List one's own conversations", list: "conversations", answer: conversationJSON{}},
	"GET /conversations/{id}":    {summary: "A conversation with its questions and answers", list: "messages", answer: answerJSON{}},
	"DELETE /conversations/{id}": {summary: "Delete a conversation", status: 204},

	"GET /audit/entries":    {summary: "List the chain's entries, newest first", list: "entries", answer: entryDoc{}, query: map[string]string{"actor": "id", "class": "first part of an action", "outcome": "ok, denied or error", "from": "RFC 3339 or day", "to": "RFC 3339 or day", "cursor": "of the page before", "limit": "at most 1000"}},
	"GET /audit/checkpoint": {summary: "The newest signed checkpoint", answer: "text/plain"},
	"GET /audit/export": {summary: "The whole chain as coffre-audit/v1, or a choice of it, each line with its proof", answer: "application/x-ndjson", query: map[string]string{
		"private": "with the private parts", "form": "jsonl or csv", "actor": "id", "class": "first part of an action", "outcome": "ok, denied or error", "from": "RFC 3339 or day", "to": "RFC 3339 or day",
	}},
	"GET /audit/witnesses":      {summary: "Who keeps checkpoints outside, and up to where", list: "witnesses", answer: witnessJSON{}},
	"POST /audit/witnesses":     {summary: "Trust a witness", body: map[string]string{"key": "verifier key of its cosignatures, or box_block of a box"}, status: 201, answer: witnessJSON{}},
	"DELETE /audit/witnesses":   {summary: "Trust a witness no longer", status: 204, query: map[string]string{"name": "of the witness"}},
	"GET /audit/watches":        {summary: "Other boxes' journals that this one witnesses, and the two texts by which boxes find each other", answer: watchesJSON{}},
	"POST /audit/watches":       {summary: "Witness another box's journal", body: map[string]string{"keys": "log_block of the other box, or its first key"}, status: 201, answer: watchJSON{}},
	"PATCH /audit/watches":      {summary: "Accept a restore, or take note of an alarm", body: map[string]string{"log": "string!", "accept_restores": "integer", "note_alarm": "boolean"}, answer: watchJSON{}},
	"DELETE /audit/watches":     {summary: "Witness a journal no longer", status: 204, query: map[string]string{"log": "its name"}},
	"GET /audit/witness-update": {summary: "Checkpoint, proof and hand-overs for a witness", answer: "application/json", query: map[string]string{"from": "size that it saw last", "restores": "that its state says"}},
	"POST /audit/cosignatures":  {summary: "Bring back a cosigned checkpoint", body: map[string]string{"note": "string"}, answer: witnessJSON{}},
	"GET /audit/archive":        {summary: "How the copy on write-once storage stands", answer: archiveJSON{}},
	"GET /audit/keys":           {summary: "The key that signs checkpoints, and every hand-over before it", answer: signingJSON{}},
	"POST /audit/keys":          {summary: "Hand over to a new signing key now; the old one is destroyed", answer: rotatedJSON{}, status: 201},
	"GET /audit/checkpoints":    {summary: "Checkpoints that are kept, the newest first", list: "checkpoints", answer: keptJSON{}, query: map[string]string{"before": "the cursor of the page before: sizes below it", "limit": "at most 1000"}},
	"GET /audit/kit":            {summary: "The auditor's kit: export, checkpoints, cosignatures, keys, and a page that verifies them", answer: "application/zip"},
	"GET /receipts/{id}":        {summary: "The receipt of an answer, by its audit_seq", answer: "application/json"},
	"GET /audit/proof":          {summary: "That an entry is in the chain, or that the chain has only grown", answer: proofJSON{}, query: map[string]string{"seq": "number of an entry", "from_size": "size of an earlier checkpoint"}},
	"GET /audit/forward":        {summary: "Where the journal is forwarded to, and how that stands", answer: forwardJSON{}},
	"PUT /audit/forward": {summary: "Forward entries and checkpoints to a syslog receiver; an empty host ends it. Ending or moving a receiver that has been sent something answers 202 with a request for a second administrator's approval", answer: forwardJSON{}, body: map[string]string{
		"reason": "string", "paper_key": "string",
		"host": "string", "port": "integer", "clear": "boolean", "ca": "string", "server_name": "string", "facility": "integer", "enterprise": "integer", "resend_from": "integer",
	}},
	"POST /health/bundle":   {summary: "A diagnostic bundle as a zip, without secrets, names, questions or texts; the download is an entry", answer: "application/zip"},
	"GET /health":           {summary: "Every check of the box with its verdict, reason, figures and remedy, and the last changes of verdict", answer: healthJSON{}},
	"GET /alerts":           {summary: "How alerts by mail stand: recipients, what was told, what waits, and why mail doesn't go. The settings are alerts.*", answer: alertsJSON{}},
	"GET /inbox":            {summary: "The folder in which a copier puts what it scans, and how it stands", answer: inboxJSON{}},
	"PATCH /inbox":          {summary: "Set, pause or end the inbox; what isn't named stays", body: map[string]string{"folder": "absolute path, empty ends it", "paused": "boolean", "collection": "id or name", "subfolders": "boolean: sub-folders go to the collections of their names", "owner": "login, empty for the inbox itself", "keep": "move or remove"}, answer: inboxJSON{}},
	"POST /alerts/test":     {summary: "Send a test mail to every recipient, and tell the relay's answer to each", answer: alertsTestJSON{}},
	"GET /hardened":         {summary: "Hardened mode: whether it is on or planned, what it changes for settings, people, API keys and ways out, and what stands in its way", answer: hardenedJSON{}},
	"POST /hardened/on":     {summary: "Switch hardened mode on; refused while who asks would be locked out", body: map[string]string{"attest": "boolean: the disk is encrypted, where the box can't read it", "reason": "what was checked, with attest"}, answer: hardenedJSON{}},
	"POST /hardened/plan":   {summary: "Have the box switch hardened mode on by itself at a moment within 90 days", body: map[string]string{"at": "time!", "attest": "boolean", "reason": "what was checked, with attest"}, answer: hardenedJSON{}},
	"DELETE /hardened/plan": {summary: "Drop the plan", answer: hardenedJSON{}},
	"POST /hardened/off":    {summary: "Ask for the end of hardened mode: another administrator approves, or 72 hours and the paper key", body: map[string]string{"reason": "string!", "paper_key": "of the emergency kit, for a single administrator"}, answer: store.Approval{}, status: 202},
	"GET /egress":           {summary: "The ways out: what the settings name, who opened it, what went over it, what was refused lately, and the air gap", answer: egressJSON{}},
	"POST /egress/close":    {summary: "Shut a way at once; its setting stays", body: map[string]string{"host": "string!", "port": "integer!"}, answer: egressJSON{}},
	"POST /egress/open":     {summary: "Open a way again that was shut", body: map[string]string{"host": "string!", "port": "integer!"}, answer: egressJSON{}},
	"PUT /egress/air-gap":   {summary: "Shut every way but those of this machine and of named private networks, or lift that", body: map[string]string{"on": "boolean!", "lan": "addresses and networks in CIDR notation"}, answer: egressJSON{}},
	"POST /audit/verify":    {summary: "Verify the chain, also against what the box's witnesses cosigned", body: map[string]string{"first_key": "string", "checkpoints": "strings", "witnesses": "strings"}, answer: chain.Report{}},

	"GET /audit/retention":                 {summary: "For how long private parts and payloads are kept, and when the next run is; 0 days are for ever", answer: retentionJSON{}},
	"PATCH /audit/retention":               {summary: "Set a class's term; a shorter one answers 202 with a request for a second administrator's approval", body: map[string]string{"class": "string", "days": "integer", "backups": "integer", "reason": "string", "paper_key": "string"}, answer: retentionJSON{}},
	"POST /audit/retention/release":        {summary: "Ask that pruning goes on without the copies that it waits for, up to the last entry that waits now; answers 202 with a request for a second administrator's approval", body: map[string]string{"reason": "string!", "paper_key": "string"}, answer: store.Approval{}, status: 202},
	"POST /audit/retention/run":            {summary: "Run retention now", answer: retentionJSON{}},
	"GET /audit/holds":                     {summary: "Legal holds, those in force first", list: "holds", answer: store.Hold{}},
	"POST /audit/holds":                    {summary: "Place a legal hold", body: map[string]string{"class": "string", "person": "string", "from": "string", "to": "string", "reason": "string!"}, answer: store.Hold{}, status: 201},
	"POST /audit/holds/{id}/lift":          {summary: "Ask for a second administrator's approval to lift a hold", body: map[string]string{"reason": "string!", "paper_key": "string"}, answer: store.Approval{}, status: 202},
	"GET /audit/erasures":                  {summary: "The ledger of erasures, the newest first", list: "erasures", answer: store.Erasure{}},
	"POST /audit/erasures":                 {summary: "Ask for a second administrator's approval to erase a person", body: map[string]string{"person": "string!", "reason": "string!", "paper_key": "string"}, answer: store.Approval{}, status: 202},
	"GET /audit/erasures/{id}/certificate": {summary: "The certificate of a person's erasure, in French and English", answer: "text/plain"},
	"GET /audit/approvals":                 {summary: "Requests that need two people, the newest first", list: "approvals", answer: store.Approval{}},
	"POST /audit/approvals/{id}/approve":   {summary: "Approve a request of somebody else; it is carried out at once", answer: store.Approval{}},
	"POST /audit/approvals/{id}/refuse":    {summary: "Refuse a request, or take one's own back", answer: store.Approval{}},
	"POST /audit/search":                   {summary: "Find words in private parts; the search is an entry with its reason", body: map[string]string{"words": "string!", "reason": "string!"}, list: "entries", answer: privateHitJSON{}},

	"GET /users":                     {summary: "List accounts", list: "users", answer: userJSON{}, query: nameQuery},
	"POST /users":                    {summary: "Add an account", body: map[string]string{"login": "string!", "name": "string!", "role": "string", "password": "string!", "lang": "string", "must_change": "boolean"}, answer: userJSON{}, status: 201},
	"PATCH /users/{id}":              {summary: "Change, disable or enable an account", body: map[string]string{"name": "string", "role": "string", "lang": "string", "may": "string", "password": "string", "old_password": "string", "disabled": "boolean", "must_change": "boolean"}, answer: userJSON{}},
	"POST /users/{id}/reset":         {summary: "Make a one-time link, good for 24 hours, with which the person chooses a password; shown this once. For an administrator, an auditor or somebody with second factors: ask with a reason for another administrator's approval (202), then again for the link", body: map[string]string{"reason": "string", "paper_key": "string"}, answer: resetJSON{}, status: 201},
	"GET /users/{id}/factors":        {summary: "List an account's second factors, without their names", list: "factors", answer: factorJSON{}},
	"DELETE /users/{id}/factors":     {summary: "Ask for another administrator's approval to take all second factors of a person away and end their sessions; they are told", body: map[string]string{"reason": "string!", "paper_key": "string"}, answer: store.Approval{}, status: 202},
	"GET /groups":                    {summary: "List groups", list: "groups", answer: store.Group{}, query: nameQuery},
	"POST /groups":                   {summary: "Make a group", body: map[string]string{"name": "string!", "members": "strings"}, answer: store.Group{}, status: 201},
	"PATCH /groups/{id}":             {summary: "Change a group", body: map[string]string{"name": "string", "members": "strings"}, answer: store.Group{}},
	"DELETE /groups/{id}":            {summary: "Delete a group and every right given to it", status: 204},
	"POST /users/import":             {summary: "Make and change people from a list (CSV); with preview nothing is written", body: map[string]string{"list": "string!", "preview": "boolean"}, list: "lines", answer: importLineJSON{}},
	"GET /elevations":                {summary: "Roles taken for a time, one's own or, for who decides about them, everybody's", list: "elevations", answer: elevationJSON{}},
	"POST /elevations/{id}/end":      {summary: "Give back a role that was taken for a time", status: 204},
	"GET /users/{id}/identities":     {summary: "What a person is known as in the directory and at identity providers", list: "identities", answer: identityJSON{}},
	"POST /users/{id}/identities":    {summary: "Link an account: to a waiting identity of a provider (provider and subject), or to a person of the directory (provider \"directory\" and login)", body: map[string]string{"provider": "string!", "subject": "string", "login": "string", "reason": "string", "paper_key": "string"}, status: 204},
	"DELETE /users/{id}/identities":  {summary: "Unlink an account from the identity of the parameters provider and subject; what it opened ends", status: 204, query: map[string]string{"provider": "directory, or a provider's id", "subject": "the lasting id there"}},
	"GET /providers/{id}/identities": {summary: "Who is known of a provider; those without a user wait for an account", list: "identities", answer: identityJSON{}},
	"GET /sessions":                  {summary: "One's own sign-ins that are open", list: "sessions", answer: sessionJSON{}},
	"DELETE /sessions/{id}":          {summary: "End one's own sign-in", status: 204},
	"GET /users/{id}/sessions":       {summary: "A person's sign-ins that are open", list: "sessions", answer: sessionJSON{}},
	"DELETE /users/{id}/sessions":    {summary: "End a person's sign-ins", status: 204},
	"GET /keys":                      {summary: "List API keys", list: "keys", answer: keyJSON{}, query: map[string]string{"all": "everybody's, for administrators"}},
	"POST /keys":                     {summary: "Make an API key; its secret is shown once", body: map[string]string{"name": "string!", "user": "string", "scopes": "strings", "expires": "string", "networks": "strings"}, status: 201, answer: madeKeyJSON{}},
	"DELETE /keys/{id}":              {summary: "Revoke an API key", status: 204},

	"GET /trials":                   {summary: "The firm's own test questions; of the documents that they expect, only those that the caller may read", list: "questions", answer: trialJSON{}},
	"POST /trials":                  {summary: "Add a test question; it is put with the caller's rights, narrowed to the reader's (a login)", body: trialBody, answer: trialJSON{}, status: 201},
	"PATCH /trials/{id}":            {summary: "Change or pause a test question; from then on it is put with the caller's rights", body: map[string]string{"question": "string", "lang": "fr or en", "documents": "strings", "words": "strings", "no_answer": "boolean", "reader": "string", "paused": "boolean"}, answer: trialJSON{}},
	"DELETE /trials/{id}":           {summary: "Take a test question off the list", status: 204},
	"POST /trials/import":           {summary: "Add the questions of the body, all or none: JSON Lines as coffre eval --answers reads them, or CSV with a head", answer: trialImportJSON{}},
	"GET /trials/export":            {summary: "The list as JSON Lines, without questions that expect a document which the caller may not read", answer: "application/x-ndjson"},
	"GET /trials/run":               {summary: "How far the run under way is", answer: trialStateJSON{}},
	"POST /trials/run":              {summary: "Put the questions now, in the background", answer: trialStateJSON{}, status: 202},
	"DELETE /trials/run":            {summary: "Stop the run under way; it is not kept", status: 204},
	"GET /trials/runs":              {summary: "The runs that are kept, the newest first; shares are from 0 to 1", list: "runs", answer: trialRunJSON{}},
	"GET /trials/runs/{id}":         {summary: "A run with what each question came to, and what other thresholds would have made of them", answer: trialRunDoc{}},
	"POST /trials/runs/{id}/accept": {summary: "Take a run that is worse as the new measure", status: 204},

	"GET /providers":            {summary: "Identity providers that people sign in through", list: "providers", answer: providerJSON{}},
	"POST /providers":           {summary: "Add an identity provider and read its description; where that fails it is kept, off, and fault says why", body: providerFields, answer: providerJSON{}, status: 201},
	"PUT /providers/{id}":       {summary: "Replace an identity provider; without secret the one that is kept stays", body: providerFields, answer: providerJSON{}},
	"DELETE /providers/{id}":    {summary: "Delete an identity provider; the sessions that it opened end", status: 204},
	"POST /providers/{id}/test": {summary: "Test an identity provider step by step; nobody is signed in", list: "steps", answer: providerStepJSON{}},
	"GET /secrets":              {summary: "Secrets that the box keeps to sign in elsewhere, never with their values", list: "secrets", answer: secretJSON{}},
	"POST /secrets":             {summary: "Keep a secret for one purpose (runtime) and one address; its value is never told again", body: map[string]string{"name": "string!", "purpose": "string!", "address": "string!", "value": "string!", "remind_days": "integer", "expires": "string"}, answer: secretJSON{}, status: 201},
	"POST /secrets/{id}/rotate": {summary: "Replace a secret's value, and its address where one is given", body: map[string]string{"value": "string!", "address": "string", "remind_days": "integer", "expires": "string"}, answer: secretJSON{}},
	"DELETE /secrets/{id}":      {summary: "Revoke a secret at once and destroy its value; what uses it now is ended", query: map[string]string{"accept": "users, where settings still name it"}, answer: revokedJSON{}},

	"GET /backups":                {summary: "Backups that were made, the newest first", list: "backups", answer: backupJSON{}},
	"POST /backups":               {summary: "Make a backup: an age file, encrypted to the recipients in the settings or to those of them that are given, of which nothing leaves before its entry is durable. Its length is told before", body: map[string]string{"recipients": "strings"}, answer: "application/octet-stream"},
	"GET /tls":                    {summary: "The certificate that is served, and the signing request that waits, if any", answer: tlsJSON{}},
	"PUT /tls":                    {summary: "Serve the firm's certificate: chain and key as PEM, or files in base64; without a key the chain must answer the box's own request; anyway takes one that is not for all host names in use", body: map[string]string{"certificate": "string!", "key": "string", "anyway": "boolean"}, answer: tlsJSON{}},
	"DELETE /tls":                 {summary: "Serve the box's own certificate again; the firm's key is destroyed", answer: tlsJSON{}},
	"GET /tls/acme":               {summary: "How it stands with the ACME authority that the certificate is asked of; what it is, are settings that begin with acme.", answer: acmeJSON{}},
	"POST /tls/acme":              {summary: "Ask the authority for a certificate now, with another account if account is new; only a box that listens can", body: map[string]string{"account": "new"}, answer: acmeJSON{}, status: 202},
	"GET /tls/request":            {summary: "The signing request that waits, as PEM", answer: "application/pkcs10"},
	"POST /tls/request":           {summary: "Make a key and a signing request for it; an earlier one is replaced", body: map[string]string{"names": "strings!", "key": "rsa or ecdsa"}, answer: tlsJSON{}, status: 201},
	"DELETE /tls/request":         {summary: "Destroy the key of the signing request that waits", status: 204},
	"GET /exports":                {summary: "Exports in open formats that were made, the newest first", list: "exports", answer: store.Takeout{}},
	"POST /exports":               {summary: "Take the whole firm away: a zip in open formats, inside an age file to the recipients of the backups; with plain, in the open, which another administrator has to approve (202 with the request for it, then the same call again)", body: map[string]string{"plain": "boolean", "reason": "string", "paper_key": "string"}, answer: "application/octet-stream"},
	"GET /backups/drills":         {summary: "Certificates of trial restores, the newest first", list: "drills", answer: store.DrillRecord{}},
	"POST /backups/drill":         {summary: "Make a backup, restore it aside, verify it whole and search it; answers with the certificate, also of a trial that failed", answer: store.DrillRecord{}},
	"GET /master":                 {summary: "Where the master identity lies, and why nothing can be opened, if so", answer: masterJSON{}},
	"PUT /master":                 {summary: "Give the master identity to another holder, or to the same under another passphrase", body: map[string]string{"holder": "file, passphrase, keyring or keychain!", "passphrase": "string"}, answer: masterJSON{}},
	"POST /master/unlock":         {summary: "Take the master identity from its holder once more, with its passphrase", body: map[string]string{"passphrase": "string"}, answer: masterJSON{}},
	"POST /master/rekey":          {summary: "Put a new master identity in place and seal everything anew; with back, take the old one again while that is not finished", body: map[string]string{"passphrase": "string", "back": "boolean"}, answer: store.RekeyReport{}},
	"GET /backups/copies":         {summary: "When the box copies itself to which folder, what copies were made, and how they stand", answer: copiesJSON{}},
	"PATCH /backups/copies":       {summary: "Set when copies are made, where, and for how many days, weeks and months the last one of each is kept; the folder is tried by writing to it", body: map[string]string{"on": "boolean", "folder": "string", "days": "strings", "hour": "integer", "daily": "integer", "weekly": "integer", "monthly": "integer", "recipients": "strings"}, answer: copiesJSON{}},
	"POST /backups/copies/run":    {summary: "Make a copy in the folder now, remove those whose time is over, and restore the new one on trial", answer: store.CopyRecord{}},
	"POST /backups/copies/verify": {summary: "Read all that lies in the folder and say what is damaged or missing", answer: store.CopyCheck{}},
	"POST /backups/look":          {summary: "Read and verify a backup aside and list what the firm has in it, and how that stands now", body: partBody, answer: store.PartContents{}},
	"POST /backups/take":          {summary: "Bring documents or a collection of a backup back, each as a new act; what is there already stays as it is", body: partTakeBody, answer: store.Taken{}},
	"GET /updates":                {summary: "The program's version, what waits for its installation, and the updates so far", answer: updatesJSON{}},
	"POST /updates":               {summary: "Hand in a release file as the body; its signature, platform and version are checked, and its program waits", answer: waitingJSON{}, status: 201},
	"POST /updates/apply":         {summary: "Install the version that waits: the box ends, copies its data, tries the new program on them, and comes back with it or as it was", body: map[string]string{"version": "string!"}, answer: map[string]string{"id": "string"}, status: 202},
	"DELETE /updates":             {summary: "Forget the version that waits", status: 204},

	"GET /directory":         {summary: "How the firm's directory stands", answer: directoryJSON{}},
	"POST /directory/test":   {summary: "Test the directory step by step; with a user also that person, with a password a sign-in", body: map[string]string{"user": "string", "password": "string"}, answer: directoryTestJSON{}},
	"POST /directory/sync":   {summary: "Read the directory again now and follow it; confirm lets through what is held", body: map[string]string{"confirm": "boolean"}, answer: auth.SyncReport{}},
	"GET /directory/preview": {summary: "Who would come in through the directory, and see what", answer: auth.DirectoryPreview{}},

	"GET /settings":      {summary: "All settings by dotted name", answer: settingsDoc{}},
	"PATCH /settings":    {summary: "Change settings. Ending or moving the archive folder, or naming a new recipient of backups, answers 202 with a request for a second administrator's approval", body: map[string]string{"audit.worm_dir": "path of a folder", "backup.recipients": "age recipients", "reason": "string", "paper_key": "string", "paper_lost": "yes: one administrator without the paper key waits 14 days", "embed.key_secret": "id of a secret", "embed.model": "builtin, none, or ollama: or openai: and a model", "embed.url": "string", "llm.ca_file": "string", "llm.key_secret": "id of a secret", "llm.kind": "auto, ollama or openai", "llm.url": "string", "llm.model": "string", "llm.num_ctx": "string", "log.level": "warn, info or debug", "metrics.from": "addresses and networks", "search.rerank": "string", "search.rerank_url": "string", "search.rerank_key_secret": "id of a secret", "secrets.rotate_days": "string", "alerts.host": "name or address of the mail relay", "alerts.port": "string", "alerts.security": "starttls, tls or none", "alerts.account": "string", "alerts.account_secret": "id of a secret of purpose mail", "alerts.ca": "PEM", "alerts.from": "address", "alerts.urgent": "addresses", "alerts.digest": "addresses", "alerts.hour": "0 to 23", "alerts.link": "https address of the box", "answers.strictness": "string", "ui.language": "string"}, answer: settingsDoc{}},
	"GET /models":        {summary: "Models of the runtime", list: "models", answer: modelJSON{}},
	"GET /jobs":          {summary: "Extractions that wait or have failed", list: "jobs", answer: jobJSON{}},
	"GET /access":        {summary: "What a person may see, and why; with a collection alone, who may see that", answer: sightJSON{}, query: map[string]string{"person": "id; default: oneself", "collection": "id", "group": "id: what whoever is in it may see for that alone", "document": "id, instead of a collection"}},
	"GET /access/export": {summary: "Who may read which collection, and why, as CSV, a line a person and collection; the export is an entry", answer: "text/csv", query: map[string]string{"by": "person (default) or collection: the order", "person": "id, for that person alone", "collection": "id, for that one alone"}},
	"GET /access/check":  {summary: "The checks that retrieval respects rights, newest first", list: "checks", answer: rightsCheckJSON{}},
	"POST /access/check": {summary: "Check now that retrieval respects rights", answer: rightsCheckJSON{}},
	"GET /index":         {summary: "How far the index is, in words and in meaning", answer: indexJSON{}},
	"GET /openapi.json":  {summary: "This description", answer: "application/json"},
}

var trialBody = map[string]string{"question": "string!", "lang": "fr or en", "documents": "strings", "words": "strings", "no_answer": "boolean", "reader": "string"}

// entryDoc and settingsDoc stand for answers whose Go type says too little.
type entryDoc struct {
	ChainHash string         `json:"chain_hash"`
	Payload   map[string]any `json:"payload"`
}

type settingsDoc struct {
	Settings map[string]string `json:"settings"`
}

const apiPrefix = "/api/v1"

func (q *request) openAPI() error {
	paths := map[string]map[string]any{}
	for _, rt := range q.s.routes {
		path, ok := strings.CutPrefix(rt.path, apiPrefix)
		if !ok {
			continue
		}
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(rt.method)] = operations[rt.method+" "+path].describe(path)
	}
	return q.json(http.StatusOK, map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "coffre", "version": q.s.Version},
		"servers": []any{map[string]string{"url": apiPrefix}},
		"paths":   paths,
		"components": map[string]any{
			"securitySchemes": map[string]any{"key": map[string]string{"type": "http", "scheme": "bearer"}},
			"schemas":         map[string]any{"Problem": schemaOf(reflect.TypeFor[problemDoc]())},
		},
		"security": []any{map[string][]string{"key": {}}},
	})
}

// problemDoc is RFC 9457's object with our members.
type problemDoc struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
}

func (o operation) describe(path string) map[string]any {
	var params []any
	if strings.Contains(path, "{id}") {
		params = append(params, parameter("id", "path", "public id"))
	}
	for _, name := range slices.Sorted(maps.Keys(o.query)) {
		params = append(params, parameter(name, "query", o.query[name]))
	}
	status := o.status
	if status == 0 {
		status = http.StatusOK
	}
	out := map[string]any{"summary": o.summary, "responses": map[string]any{
		statusText(status): o.response(status),
		"default": map[string]any{
			"description": "a problem in the caller's language (RFC 9457)",
			"content":     map[string]any{"application/problem+json": map[string]any{"schema": map[string]string{"$ref": "#/components/schemas/Problem"}}},
		},
	}}
	if params != nil {
		out["parameters"] = params
	}
	if b := o.requestBody(); b != nil {
		out["requestBody"] = b
	}
	return out
}

func statusText(n int) string { return strconv.Itoa(n) }

func parameter(name, in, what string) map[string]any {
	return map[string]any{"name": name, "in": in, "required": in == "path", "description": what, "schema": map[string]string{"type": "string"}}
}

func (o operation) response(status int) map[string]any {
	out := map[string]any{"description": http.StatusText(status)}
	media, isMedia := o.answer.(string)
	switch {
	case o.answer == nil:
	case isMedia:
		out["content"] = map[string]any{media: map[string]any{}}
	default:
		schema := schemaOf(reflect.TypeOf(o.answer))
		if o.list != "" {
			schema = map[string]any{"type": "object", "properties": map[string]any{
				o.list: map[string]any{"type": "array", "items": schema}, "cursor": map[string]string{"type": "string"},
			}}
		}
		out["content"] = map[string]any{"application/json": map[string]any{"schema": schema}}
	}
	return out
}

func (o operation) requestBody() map[string]any {
	props, required := map[string]any{}, []string{}
	for _, name := range slices.Sorted(maps.Keys(o.body)) {
		kind, must := strings.CutSuffix(o.body[name], "!")
		if must {
			required = append(required, name)
		}
		if kind == "strings" {
			props[name] = map[string]any{"type": "array", "items": map[string]string{"type": "string"}}
			continue
		}
		props[name] = map[string]string{"type": kind}
	}
	media := "application/json"
	if o.upload {
		media, required = "multipart/form-data", []string{"file"}
		props["collection"] = map[string]string{"type": "string"}
		props["file"] = map[string]string{"type": "string", "format": "binary"}
	}
	if len(props) == 0 {
		return nil
	}
	schema := map[string]any{"type": "object", "properties": props}
	if len(required) > 0 {
		schema["required"] = required
	}
	return map[string]any{"content": map[string]any{media: map[string]any{"schema": schema}}}
}
