package ui

import (
	"net/http"
	"net/url"

	"coffre/auth"
	"coffre/store"
)

// expectation is what the walk demands of one route. Every route of the
// server's table must have one here, written by hand: what a route needs is
// declared twice, so that a slip in one place is seen.
type expectation struct {
	may auth.Action // "" for routes that need nobody
	// object names what stands for {id}: something of the insider's, or made
	// fresh for every request.
	object string
	body   func(w *walk) any
	// in is the status for whoever the rule lets act on the object. Every other
	// status of the walk is worked out from the rule: see walk_matrix_test.go.
	in   int
	open int // for open routes
	out  int // not read any more: the rule says it
	// session: an API key is refused, whatever it may.
	session bool
}

const (
	created  = http.StatusCreated
	accepted = http.StatusAccepted
	gone     = http.StatusNoContent
	seeOther = http.StatusSeeOther
	ok       = http.StatusOK
	hidden   = http.StatusNotFound
	unproc   = http.StatusUnprocessableEntity
	conflict = http.StatusConflict
	unauth   = http.StatusUnauthorized
	// several: what concerns the whole box is refused where it has several firms.
	several = http.StatusForbidden
)

// empty is a body that passes the policy and fails as input, so that the walk
// changes nothing that the next caller needs.
func empty(*walk) any { return url.Values{} }

// noWay is a way that no setting names.
func noWay(*walk) any { return map[string]any{"host": "siem.lan", "port": 6514} }

func secretUpload(w *walk) any {
	return uploadOf(w.now.collection.ID, "walk.txt", "Un texte quelconque, assez long pour être lu.")
}

func askIn(w *walk) any {
	return map[string]any{"question": "préavis", "conversation": w.now.conversation}
}

func askForm(w *walk) any {
	return url.Values{"question": {"préavis"}, "conversation": {w.now.conversation}}
}

// expected is the table by method and path.
var expected = map[string]expectation{
	"GET /healthz":                        {open: ok},
	"GET /readyz":                         {open: ok},
	"GET /assets/{rest...}":               {open: ok},
	"GET /ca.pem":                         {open: hidden},
	"GET /{$}":                            {may: auth.ProfileOwn, in: seeOther},
	"GET /setup":                          {open: hidden},
	"POST /setup":                         {open: hidden, body: empty},
	"GET /signin":                         {open: ok},
	"POST /signin":                        {open: unauth, body: func(*walk) any { return url.Values{"user": {store.NewID()}, "password": {"wrong"}} }},
	"POST /signout":                       {open: seeOther},
	"GET /signin/oidc/{id}":               {open: hidden},
	"GET /signin/oidc/{id}/callback":      {open: hidden},
	"POST /signin/oidc/{id}/logout":       {open: hidden, body: empty},
	"GET /signin/saml/{id}":               {open: hidden},
	"POST /signin/saml/{id}/acs":          {open: hidden, body: empty},
	"GET /signin/saml/{id}/metadata":      {open: hidden},
	"GET /settings/signin":                {may: auth.SettingsAdmin, in: ok, out: ok},
	"POST /settings/signin":               {may: auth.SettingsAdmin, body: empty, in: unproc, out: unproc},
	"POST /settings/signin/{id}/test":     {may: auth.SettingsAdmin, body: empty, in: hidden, out: hidden},
	"POST /settings/signin/{id}/delete":   {may: auth.SettingsAdmin, body: empty, in: hidden, out: hidden},
	"POST /settings/signin/{id}/link":     {may: auth.UsersAdmin, body: func(w *walk) any { return url.Values{"forget": {"1"}, "subject": {"x"}} }, in: hidden, out: hidden},
	"GET /api/v1/providers":               {may: auth.SettingsAdmin, in: ok, out: ok},
	"POST /api/v1/providers":              {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: unproc, out: unproc},
	"PUT /api/v1/providers/{id}":          {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: hidden, out: hidden},
	"DELETE /api/v1/providers/{id}":       {may: auth.SettingsAdmin, in: hidden, out: hidden},
	"POST /api/v1/providers/{id}/test":    {may: auth.SettingsAdmin, in: hidden, out: hidden},
	"POST /preferences":                   {open: seeOther, body: empty},
	"POST /api/v1/documents":              {may: auth.DocumentsWrite, object: "collection", body: secretUpload, in: accepted},
	"GET /api/v1/documents":               {may: auth.DocumentsRead, in: ok},
	"GET /api/v1/documents/{id}":          {may: auth.DocumentsRead, object: "document", in: ok},
	"DELETE /api/v1/documents/{id}":       {may: auth.DocumentsWrite, object: "fresh document", in: gone},
	"POST /api/v1/documents/{id}/restore": {may: auth.DocumentsWrite, object: "binned document", in: gone},
	"POST /api/v1/documents/{id}/retry":   {may: auth.DocumentsWrite, object: "document", in: conflict},
	"GET /api/v1/documents/{id}/content":  {may: auth.DocumentsRead, object: "document", in: ok},

	"GET /api/v1/health": {may: auth.HealthRead, in: ok},
	"GET /health":        {may: auth.HealthRead, in: ok},
	"POST /health/check": {may: auth.HealthRead, body: empty, in: seeOther},

	"GET /api/v1/egress":            {may: auth.SettingsRead, in: ok},
	"POST /api/v1/egress/close":     {may: auth.SettingsAdmin, body: noWay, in: hidden},
	"POST /api/v1/egress/open":      {may: auth.SettingsAdmin, body: noWay, in: hidden},
	"PUT /api/v1/egress/air-gap":    {may: auth.SettingsAdmin, body: func(*walk) any { return map[string]any{"on": true, "lan": []string{"8.8.8.8"}} }, in: unproc},
	"GET /settings/egress":          {may: auth.SettingsAdmin, in: ok},
	"POST /settings/egress/close":   {may: auth.SettingsAdmin, body: empty, in: http.StatusBadRequest},
	"POST /settings/egress/open":    {may: auth.SettingsAdmin, body: empty, in: http.StatusBadRequest},
	"POST /settings/egress/air-gap": {may: auth.SettingsAdmin, body: func(*walk) any { return url.Values{"on": {"1"}, "lan": {"everything"}} }, in: unproc},

	"GET /api/v1/directory":           {may: auth.SettingsRead, in: ok},
	"POST /api/v1/directory/test":     {may: auth.SettingsAdmin, body: func(*walk) any { return map[string]any{"user": "a"} }, in: ok},
	"POST /api/v1/directory/sync":     {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: conflict},
	"GET /api/v1/directory/preview":   {may: auth.SettingsAdmin, in: http.StatusConflict},
	"GET /settings/directory":         {may: auth.SettingsAdmin, in: ok},
	"GET /settings/directory/preview": {may: auth.SettingsAdmin, in: ok},
	"POST /settings/directory":        {may: auth.SettingsAdmin, body: func(*walk) any { return url.Values{"directory.url": {"https://dc1"}} }, in: unproc},
	"POST /settings/directory/switch": {may: auth.SettingsAdmin, body: empty, in: seeOther},
	"POST /settings/directory/sync":   {may: auth.SettingsAdmin, body: empty, in: unproc},
	"POST /settings/directory/test":   {may: auth.SettingsAdmin, body: empty, in: ok},

	"GET /api/v1/audit/forward":   {may: auth.AuditRead, in: ok},
	"PUT /api/v1/audit/forward":   {may: auth.SettingsAdmin, body: func(*walk) any { return map[string]any{"host": "a", "port": 0} }, in: unproc},
	"GET /settings/forward":       {may: auth.SettingsAdmin, in: ok},
	"POST /settings/forward":      {may: auth.SettingsAdmin, body: func(*walk) any { return url.Values{"forward.host": {"a b"}} }, in: unproc},
	"POST /settings/forward/test": {may: auth.SettingsAdmin, body: empty, in: ok},

	"GET /api/v1/collections":         {may: auth.DocumentsRead, in: ok},
	"POST /api/v1/collections":        {may: auth.CollectionsAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"PATCH /api/v1/collections/{id}":  {may: auth.CollectionsAdmin, object: "collection", body: func(*walk) any { return "{}" }, in: ok},
	"DELETE /api/v1/collections/{id}": {may: auth.CollectionsAdmin, object: "fresh collection", in: gone},

	"GET /api/v1/audit/retention":                 {may: auth.RetentionRead, in: ok},
	"PATCH /api/v1/audit/retention":               {may: auth.RetentionAdmin, body: func(*walk) any { return "{}" }, in: http.StatusBadRequest},
	"POST /api/v1/audit/retention/release":        {may: auth.RetentionAdmin, body: func(*walk) any { return "{}" }, in: conflict},
	"POST /api/v1/audit/retention/run":            {may: auth.RetentionAdmin, in: ok},
	"GET /api/v1/audit/holds":                     {may: auth.RetentionRead, in: ok},
	"POST /api/v1/audit/holds":                    {may: auth.HoldsPut, body: func(*walk) any { return "{}" }, in: unproc},
	"POST /api/v1/audit/holds/{id}/lift":          {may: auth.HoldsPut, object: "nothing", body: func(*walk) any { return "{}" }, in: hidden},
	"GET /api/v1/audit/erasures":                  {may: auth.RetentionRead, in: ok},
	"POST /api/v1/audit/erasures":                 {may: auth.RetentionAdmin, body: func(*walk) any { return "{}" }, in: hidden},
	"GET /api/v1/audit/erasures/{id}/certificate": {may: auth.RetentionRead, object: "nothing", in: hidden},
	"GET /api/v1/audit/approvals":                 {may: auth.RetentionRead, in: ok},
	"POST /api/v1/audit/approvals/{id}/approve":   {may: auth.RetentionAdmin, object: "nothing", in: hidden},
	"POST /api/v1/audit/approvals/{id}/refuse":    {may: auth.ApprovalsRefuse, object: "nothing", in: hidden},
	"POST /api/v1/audit/search":                   {may: auth.AuditSearch, body: func(*walk) any { return "{}" }, in: unproc},
	"GET /retention":                              {may: auth.RetentionRead, in: ok},
	"POST /retention/run":                         {may: auth.RetentionAdmin, in: seeOther},
	"POST /retention/term":                        {may: auth.RetentionAdmin, body: empty, in: unproc},
	"POST /retention/backups":                     {may: auth.RetentionAdmin, body: empty, in: seeOther},
	"POST /retention/release":                     {may: auth.RetentionAdmin, body: empty, in: conflict},
	"POST /retention/clock":                       {may: auth.RetentionAdmin, body: empty, in: conflict},
	"POST /retention/holds":                       {may: auth.HoldsPut, body: empty, in: unproc},
	"POST /retention/holds/{id}/lift":             {may: auth.HoldsPut, object: "nothing", body: empty, in: hidden},
	"POST /retention/erasures":                    {may: auth.RetentionAdmin, body: empty, in: hidden},
	"GET /retention/erasures/{id}/certificate":    {may: auth.RetentionRead, object: "nothing", in: hidden},
	"POST /retention/approvals/{id}/approve":      {may: auth.RetentionAdmin, object: "nothing", in: hidden},
	"POST /retention/approvals/{id}/refuse":       {may: auth.ApprovalsRefuse, object: "nothing", in: hidden},
	"GET /retention/search":                       {may: auth.AuditSearch, in: ok},
	"POST /retention/search":                      {may: auth.AuditSearch, body: empty, in: unproc},
	"GET /notice":                                 {may: auth.NoticeRead, in: ok},

	"GET /api/v1/search":                {may: auth.Search, in: unproc},
	"POST /api/v1/ask":                  {may: auth.Ask, object: "conversation", body: askIn, in: ok},
	"GET /api/v1/conversations":         {may: auth.Ask, in: ok},
	"GET /api/v1/conversations/{id}":    {may: auth.Ask, object: "conversation", in: ok},
	"DELETE /api/v1/conversations/{id}": {may: auth.Ask, object: "fresh conversation", in: gone},

	"GET /api/v1/audit/entries":           {may: auth.AuditRead, in: ok},
	"GET /api/v1/audit/checkpoint":        {may: auth.AuditRead, in: ok},
	"GET /api/v1/audit/export":            {may: auth.AuditExport, in: ok},
	"GET /api/v1/receipts/{id}":           {may: auth.Ask, in: hidden},
	"GET /api/v1/audit/witnesses":         {may: auth.AuditRead, in: ok},
	"POST /api/v1/audit/witnesses":        {may: auth.AuditExport, body: func(*walk) any { return map[string]string{"key": "x"} }, in: unproc},
	"DELETE /api/v1/audit/witnesses":      {may: auth.AuditExport, in: hidden},
	"GET /api/v1/audit/watches":           {may: auth.AuditRead, in: ok},
	"POST /api/v1/audit/watches":          {may: auth.SettingsAdmin, body: func(*walk) any { return map[string]string{"keys": "x y"} }, in: unproc},
	"PATCH /api/v1/audit/watches":         {may: auth.SettingsAdmin, body: func(*walk) any { return map[string]any{"log": "x", "note_alarm": true} }, in: hidden},
	"DELETE /api/v1/audit/watches":        {may: auth.SettingsAdmin, in: hidden},
	"POST /witness/add-checkpoint":        {open: http.StatusBadRequest},
	"POST /journal/watches":               {may: auth.SettingsAdmin, body: empty, in: unproc},
	"POST /journal/watches/drop":          {may: auth.SettingsAdmin, body: empty, in: hidden},
	"POST /journal/watches/accept":        {may: auth.SettingsAdmin, body: func(*walk) any { return url.Values{"lives": {"1"}} }, in: hidden},
	"POST /journal/watches/note":          {may: auth.AuditExport, body: empty, in: hidden},
	"GET /journal/watches/evidence":       {may: auth.AuditRead, in: hidden},
	"POST /journal/witnesses/soon":        {may: auth.AuditExport, body: empty, in: hidden},
	"GET /api/v1/audit/witness-update":    {may: auth.AuditRead, in: ok},
	"POST /api/v1/audit/cosignatures":     {may: auth.AuditExport, body: func(*walk) any { return map[string]string{"note": "x"} }, in: unproc},
	"GET /api/v1/audit/kit":               {may: auth.AuditExport, in: ok},
	"POST /settings/archive":              {may: auth.SettingsAdmin, body: empty, in: unproc},
	"GET /api/v1/audit/archive":           {may: auth.AuditRead, in: ok},
	"GET /journal/keys":                   {may: auth.AuditRead, in: ok},
	"POST /journal/keys":                  {may: auth.AuditKeys, body: empty, in: seeOther},
	"GET /journal/checkpoints/{id}":       {may: auth.AuditRead, object: "nothing", in: hidden},
	"GET /api/v1/audit/keys":              {may: auth.AuditRead, in: ok},
	"POST /api/v1/audit/keys":             {may: auth.AuditKeys, in: http.StatusCreated},
	"GET /api/v1/audit/checkpoints":       {may: auth.AuditRead, in: ok},
	"GET /journal/witnesses":              {may: auth.AuditRead, in: ok},
	"POST /journal/witnesses":             {may: auth.AuditExport, body: empty, in: unproc},
	"POST /journal/witnesses/drop":        {may: auth.AuditExport, body: empty, in: hidden},
	"POST /journal/witnesses/cosignature": {may: auth.AuditExport, body: empty, in: unproc},
	"POST /journal/kit":                   {may: auth.AuditExport, body: empty, in: ok},
	"GET /api/v1/audit/proof":             {may: auth.AuditRead, in: http.StatusBadRequest},
	"POST /api/v1/audit/verify":           {may: auth.AuditVerify, in: ok},

	"GET /api/v1/users":          {may: auth.UsersAdmin, in: ok},
	"POST /api/v1/users":         {may: auth.UsersAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"PATCH /api/v1/users/{id}":   {may: auth.UsersAdmin, object: "user", body: func(*walk) any { return "{}" }, in: ok},
	"GET /api/v1/groups":         {may: auth.GroupsAdmin, in: ok},
	"POST /api/v1/groups":        {may: auth.GroupsAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"PATCH /api/v1/groups/{id}":  {may: auth.GroupsAdmin, object: "group", body: func(*walk) any { return "{}" }, in: ok},
	"DELETE /api/v1/groups/{id}": {may: auth.GroupsAdmin, object: "fresh group", in: gone},
	"GET /api/v1/keys":           {may: auth.KeysOwn, in: ok},
	"POST /api/v1/keys":          {may: auth.KeysOwn, body: func(*walk) any { return "{}" }, in: unproc},
	"DELETE /api/v1/keys/{id}":   {may: auth.KeysOwn, object: "fresh key", in: gone},

	"GET /api/v1/backups":                {may: auth.BackupsRead, in: ok},
	"POST /api/v1/backups":               {may: auth.BackupsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"GET /api/v1/tls":                    {may: auth.SettingsAdmin, in: ok},
	"PUT /api/v1/tls":                    {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"DELETE /api/v1/tls":                 {may: auth.SettingsAdmin, in: several},
	"GET /api/v1/tls/request":            {may: auth.SettingsAdmin, in: hidden},
	"POST /api/v1/tls/request":           {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"DELETE /api/v1/tls/request":         {may: auth.SettingsAdmin, in: several},
	"GET /settings/tls":                  {may: auth.SettingsAdmin, in: ok},
	"POST /settings/tls":                 {may: auth.SettingsAdmin, body: empty, in: several},
	"POST /settings/tls/remove":          {may: auth.SettingsAdmin, body: empty, in: several},
	"GET /settings/tls/request":          {may: auth.SettingsAdmin, in: hidden},
	"POST /settings/tls/request":         {may: auth.SettingsAdmin, body: empty, in: unproc},
	"POST /settings/tls/request/drop":    {may: auth.SettingsAdmin, body: empty, in: several},
	"POST /settings/tls/options":         {may: auth.SettingsAdmin, body: empty, in: seeOther},
	"GET /api/v1/backups/drills":         {may: auth.BackupsRead, in: ok},
	"POST /api/v1/backups/drill":         {may: auth.BackupsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"GET /api/v1/master":                 {may: auth.SettingsAdmin, in: ok},
	"PUT /api/v1/master":                 {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"POST /api/v1/master/unlock":         {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"POST /api/v1/master/rekey":          {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: several},
	"POST /settings/master":              {may: auth.SettingsAdmin, body: empty, in: unproc},
	"POST /settings/master/unlock":       {may: auth.SettingsAdmin, body: empty, in: unproc},
	"POST /settings/master/rekey":        {may: auth.SettingsAdmin, body: empty, in: unproc},
	"GET /api/v1/secrets":                {may: auth.SettingsAdmin, in: ok},
	"POST /api/v1/secrets":               {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"POST /api/v1/secrets/{id}/rotate":   {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: hidden},
	"DELETE /api/v1/secrets/{id}":        {may: auth.SettingsAdmin, in: hidden},
	"GET /settings/secrets":              {may: auth.SettingsAdmin, in: ok},
	"POST /settings/secrets":             {may: auth.SettingsAdmin, body: empty, in: unproc},
	"POST /settings/secrets/{id}/rotate": {may: auth.SettingsAdmin, body: empty, in: hidden},
	"POST /settings/secrets/{id}/revoke": {may: auth.SettingsAdmin, body: empty, in: hidden},

	"GET /api/v1/settings":     {may: auth.SettingsRead, in: ok},
	"PATCH /api/v1/settings":   {may: auth.SettingsAdmin, body: func(*walk) any { return "{}" }, in: ok},
	"GET /api/v1/models":       {may: auth.ModelsRead, in: ok},
	"GET /api/v1/jobs":         {may: auth.JobsAdmin, in: ok},
	"GET /api/v1/index":        {may: auth.SettingsRead, in: ok},
	"GET /api/v1/openapi.json": {may: auth.ProfileOwn, in: ok},

	"GET /ask":                  {may: auth.Ask, in: ok},
	"POST /ask":                 {may: auth.Ask, object: "conversation", body: askForm, in: seeOther},
	"POST /ask/stream":          {may: auth.Ask, object: "conversation", body: askForm, in: ok},
	"POST /ask/stop":            {may: auth.Ask, body: empty, in: hidden},
	"GET /ask/{id}":             {may: auth.Ask, object: "conversation", in: ok},
	"GET /answers/{id}/receipt": {may: auth.Ask, in: hidden},
	"POST /ask/{id}/rename":     {may: auth.Ask, object: "conversation", body: func(*walk) any { return url.Values{"title": {"Titre"}} }, in: seeOther},
	"POST /ask/{id}/delete":     {may: auth.Ask, object: "fresh conversation", body: empty, in: seeOther},

	"GET /documents":                          {may: auth.DocumentsRead, in: ok},
	"POST /documents":                         {may: auth.DocumentsWrite, object: "collection", body: secretUpload, in: seeOther},
	"GET /documents/{id}":                     {may: auth.DocumentsRead, object: "document", in: ok},
	"GET /documents/{id}/pages/{file}":        {may: auth.DocumentsRead, object: "document", in: hidden},
	"GET /api/v1/documents/{id}/pages/{file}": {may: auth.DocumentsRead, object: "document", in: hidden},
	"GET /documents/{id}/original":            {may: auth.DocumentsRead, object: "document", in: ok},
	"POST /documents/{id}/delete":             {may: auth.DocumentsWrite, object: "fresh document", in: seeOther},
	"POST /documents/{id}/restore":            {may: auth.DocumentsWrite, object: "binned document", in: seeOther},
	"POST /documents/{id}/retry":              {may: auth.DocumentsWrite, object: "document", in: conflict},
	"GET /search":                             {may: auth.Search, in: ok},
	"GET /search/words":                       {may: auth.Search, in: ok},
	"GET /design":                             {may: auth.ProfileOwn, in: hidden},
	"GET /palette":                            {may: auth.ProfileOwn, in: ok},

	"GET /collections":                           {may: auth.CollectionsAdmin, in: ok},
	"POST /collections":                          {may: auth.CollectionsAdmin, body: empty, in: unproc},
	"POST /collections/{id}":                     {may: auth.CollectionsAdmin, object: "collection", body: empty, in: unproc},
	"GET /collections/{id}":                      {may: auth.CollectionsAdmin, object: "collection", in: ok},
	"POST /collections/{id}/grants":              {may: auth.CollectionsAdmin, object: "collection", body: empty, in: unproc},
	"POST /collections/{id}/delete":              {may: auth.CollectionsAdmin, object: "fresh collection", body: empty, in: seeOther},
	"GET /groups":                                {may: auth.GroupsAdmin, in: ok},
	"POST /groups":                               {may: auth.GroupsAdmin, body: empty, in: unproc},
	"POST /groups/{id}":                          {may: auth.GroupsAdmin, object: "group", body: empty, in: unproc},
	"GET /groups/{id}":                           {may: auth.GroupsAdmin, object: "group", in: ok},
	"POST /groups/{id}/members":                  {may: auth.GroupsAdmin, object: "group", body: empty, in: seeOther},
	"POST /groups/{id}/delete":                   {may: auth.GroupsAdmin, object: "fresh group", body: empty, in: seeOther},
	"GET /people":                                {may: auth.UsersAdmin, in: ok},
	"POST /people":                               {may: auth.UsersAdmin, body: empty, in: unproc},
	"POST /people/{id}":                          {may: auth.UsersAdmin, object: "user", body: empty, in: unproc},
	"GET /people/{id}":                           {may: auth.UsersAdmin, object: "user", in: ok},
	"POST /people/{id}/groups":                   {may: auth.UsersAdmin, object: "user", body: empty, in: seeOther},
	"POST /people/{id}/disable":                  {may: auth.UsersAdmin, object: "fresh user", body: empty, in: seeOther},
	"POST /people/{id}/enable":                   {may: auth.UsersAdmin, object: "fresh user", body: empty, in: seeOther},
	"POST /people/{id}/password":                 {may: auth.UsersAdmin, object: "fresh user", body: empty, in: unproc},
	"GET /settings/backups":                      {may: auth.BackupsRead, in: ok},
	"POST /settings/backups/kit":                 {may: auth.BackupsAdmin, in: ok},
	"POST /settings/backups/kit/confirm":         {may: auth.BackupsAdmin, body: empty, in: unproc},
	"GET /settings/administration":               {may: auth.ElevationOwn, in: ok},
	"POST /settings/administration":              {may: auth.SettingsAdmin, body: func(*walk) any { return url.Values{"auth.elevation": {"always"}} }, in: unproc},
	"POST /settings/administration/take":         {may: auth.ElevationTake, body: empty, in: unproc, session: true},
	"POST /settings/administration/seal":         {may: auth.ElevationAdmin, in: ok},
	"POST /settings/administration/{id}/begin":   {may: auth.ElevationTake, object: "nothing", in: hidden, session: true},
	"POST /settings/administration/{id}/approve": {may: auth.ElevationTake, object: "nothing", in: hidden},
	"POST /settings/administration/{id}/refuse":  {may: auth.ElevationOwn, object: "nothing", in: hidden},
	"POST /settings/administration/{id}/end":     {may: auth.ElevationOwn, object: "nothing", in: hidden},
	"GET /signin/break-glass":                    {open: ok},
	"POST /signin/break-glass":                   {open: unauth, body: func(*walk) any { return url.Values{"code": {"wrong"}} }},
	"GET /api/v1/elevations":                     {may: auth.ElevationOwn, in: ok},
	"POST /api/v1/elevations/{id}/end":           {may: auth.ElevationOwn, object: "nothing", in: hidden},
	"GET /people/import":                         {may: auth.UsersAdmin, in: ok},
	"POST /people/import":                        {may: auth.UsersAdmin, body: empty, in: unproc},
	"POST /people/import/apply":                  {may: auth.UsersAdmin, body: empty, in: unproc},
	"POST /api/v1/users/import":                  {may: auth.UsersAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"GET /account":                               {may: auth.ProfileOwn, in: ok},
	"GET /account/sessions":                      {may: auth.ProfileOwn, in: ok},
	"POST /account/sessions/end":                 {may: auth.ProfileOwn, body: func(*walk) any { return url.Values{"session": {store.NewID()}} }, in: seeOther},
	"POST /account/sessions/known":               {may: auth.ProfileOwn, in: seeOther},
	"GET /people/{id}/sessions":                  {may: auth.UsersAdmin, object: "fresh user", in: ok},
	"POST /people/{id}/sessions/end":             {may: auth.UsersAdmin, object: "fresh user", body: empty, in: seeOther},
	"GET /people/{id}/identities":                {may: auth.UsersAdmin, object: "fresh user", in: ok},
	"POST /people/{id}/identities":               {may: auth.UsersAdmin, object: "fresh user", body: empty, in: unproc},
	"POST /people/{id}/identities/unlink":        {may: auth.UsersAdmin, object: "fresh user", body: func(*walk) any { return url.Values{"provider": {"directory"}, "subject": {"x"}} }, in: hidden},
	"GET /api/v1/users/{id}/identities":          {may: auth.UsersAdmin, object: "fresh user", in: ok},
	"POST /api/v1/users/{id}/identities":         {may: auth.UsersAdmin, object: "fresh user", body: func(*walk) any { return `{"provider":"prv-x","subject":"x"}` }, in: hidden},
	"DELETE /api/v1/users/{id}/identities":       {may: auth.UsersAdmin, object: "fresh user", in: hidden},
	"GET /api/v1/providers/{id}/identities":      {may: auth.UsersAdmin, in: hidden, out: hidden},
	"GET /api/v1/sessions":                       {may: auth.ProfileOwn, in: ok},
	"DELETE /api/v1/sessions/{id}":               {may: auth.ProfileOwn, object: "fresh session", in: gone},
	"GET /api/v1/users/{id}/sessions":            {may: auth.UsersAdmin, object: "fresh user", in: ok},
	"DELETE /api/v1/users/{id}/sessions":         {may: auth.UsersAdmin, object: "fresh user", in: gone},

	"GET /keys":              {may: auth.KeysOwn, in: ok},
	"POST /keys":             {may: auth.KeysOwn, body: empty, in: unproc},
	"POST /keys/{id}/revoke": {may: auth.KeysOwn, object: "fresh key", body: empty, in: seeOther},

	"GET /access":               {may: auth.AccessOwn, in: ok},
	"GET /access/export":        {may: auth.AccessRead, in: ok},
	"GET /api/v1/access/export": {may: auth.AccessRead, in: ok},
	"POST /access/check":        {may: auth.RightsCheck, body: empty, in: seeOther},
	"GET /api/v1/access":        {may: auth.AccessOwn, in: ok},
	"GET /api/v1/access/check":  {may: auth.RightsCheck, in: ok},
	"POST /api/v1/access/check": {may: auth.RightsCheck, in: ok},

	"GET /journal":             {may: auth.AuditRead, in: ok},
	"POST /journal/verify":     {may: auth.AuditVerify, body: empty, in: seeOther},
	"GET /journal/verify":      {may: auth.AuditVerify, in: ok},
	"POST /journal/export":     {may: auth.AuditExport, body: empty, in: ok},
	"GET /journal/export":      {may: auth.AuditExport, in: ok},
	"GET /journal/export/file": {may: auth.AuditExport, in: ok},
	"GET /journal/checkpoint":  {may: auth.AuditRead, in: ok},

	"GET /api/v1/trials":                   {may: auth.TrialsAdmin, in: ok},
	"POST /api/v1/trials":                  {may: auth.TrialsAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"PATCH /api/v1/trials/{id}":            {may: auth.TrialsAdmin, object: "trial", body: func(*walk) any { return "{}" }, in: ok},
	"DELETE /api/v1/trials/{id}":           {may: auth.TrialsAdmin, object: "fresh trial", in: gone},
	"POST /api/v1/trials/import":           {may: auth.TrialsAdmin, body: func(*walk) any { return "{}" }, in: unproc},
	"GET /api/v1/trials/export":            {may: auth.TrialsAdmin, in: ok},
	"GET /api/v1/trials/run":               {may: auth.TrialsAdmin, in: ok},
	"POST /api/v1/trials/run":              {may: auth.TrialsAdmin, object: "paused trials", in: conflict},
	"DELETE /api/v1/trials/run":            {may: auth.TrialsAdmin, in: hidden},
	"GET /api/v1/trials/runs":              {may: auth.TrialsAdmin, in: ok},
	"GET /api/v1/trials/runs/{id}":         {may: auth.TrialsAdmin, object: "run", in: ok},
	"POST /api/v1/trials/runs/{id}/accept": {may: auth.TrialsAdmin, object: "worse run", in: gone},
	"GET /quality":                         {may: auth.TrialsAdmin, in: ok},
	"GET /quality/progress":                {may: auth.TrialsAdmin, in: ok},
	"GET /quality/documents":               {may: auth.TrialsAdmin, in: ok},
	"GET /quality/export":                  {may: auth.TrialsAdmin, in: ok},
	"GET /quality/questions/new":           {may: auth.TrialsAdmin, in: ok},
	"GET /quality/questions/{id}":          {may: auth.TrialsAdmin, object: "trial", in: ok},
	"GET /quality/runs/{id}":               {may: auth.TrialsAdmin, object: "run", in: ok},
	"POST /quality/questions":              {may: auth.TrialsAdmin, body: empty, in: unproc},
	"POST /quality/questions/{id}":         {may: auth.TrialsAdmin, object: "trial", body: empty, in: unproc},
	"POST /quality/questions/{id}/pause":   {may: auth.TrialsAdmin, object: "trial", body: func(*walk) any { return url.Values{"paused": {"1"}} }, in: seeOther},
	"POST /quality/questions/{id}/delete":  {may: auth.TrialsAdmin, object: "fresh trial", body: empty, in: seeOther},
	"POST /quality/run":                    {may: auth.TrialsAdmin, object: "paused trials", body: empty, in: conflict},
	"POST /quality/stop":                   {may: auth.TrialsAdmin, body: empty, in: seeOther},
	"POST /quality/runs/{id}/accept":       {may: auth.TrialsAdmin, object: "worse run", body: empty, in: seeOther},
	"POST /quality/strictness":             {may: auth.TrialsAdmin, body: empty, in: unproc},
	"POST /quality/import":                 {may: auth.TrialsAdmin, body: empty, in: unproc},

	"GET /signin/factor":                {may: auth.ProfileOwn, in: seeOther},
	"POST /signin/factor":               {may: auth.ProfileOwn, body: empty, in: seeOther},
	"GET /signin/enroll":                {may: auth.ProfileOwn, in: seeOther},
	"POST /signin/enroll":               {may: auth.ProfileOwn, body: empty, in: seeOther},
	"GET /signin/password":              {may: auth.ProfileOwn, in: seeOther},
	"POST /signin/password":             {may: auth.ProfileOwn, body: empty, in: seeOther},
	"GET /reauth":                       {may: auth.ProfileOwn, in: ok, session: true},
	"POST /reauth":                      {may: auth.ProfileOwn, body: empty, in: http.StatusForbidden, session: true},
	"POST /signin/passkey/begin":        {open: ok},
	"POST /signin/passkey":              {open: conflict, body: empty},
	"GET /reset/{token}":                {open: hidden},
	"POST /reset/{token}":               {open: hidden, body: empty},
	"GET /account/factors":              {may: auth.ProfileOwn, in: ok},
	"GET /account/factors/add":          {may: auth.ProfileOwn, in: ok, session: true},
	"POST /account/factors/add":         {may: auth.FactorsOwn, body: empty, in: unproc, session: true},
	"POST /account/factors/codes":       {may: auth.FactorsOwn, body: empty, in: conflict, session: true},
	"POST /account/factors/{id}/rename": {may: auth.FactorsOwn, object: "nothing", body: empty, in: hidden, session: true},
	"POST /account/factors/{id}/remove": {may: auth.FactorsOwn, object: "nothing", body: empty, in: hidden, session: true},
	"POST /account/notices":             {may: auth.ProfileOwn, body: empty, in: seeOther},
	"POST /people/{id}/reset":           {may: auth.UsersReset, object: "user", body: empty, in: ok},
	"POST /people/{id}/factors/reset":   {may: auth.UsersReset, object: "user", body: empty, in: unproc},
	"POST /api/v1/users/{id}/reset":     {may: auth.UsersReset, object: "user", in: created},
	"GET /api/v1/users/{id}/factors":    {may: auth.UsersAdmin, object: "user", in: ok},
	"DELETE /api/v1/users/{id}/factors": {may: auth.UsersReset, object: "user", in: conflict},

	"GET /settings/accounts":      {may: auth.SettingsAdmin, in: ok},
	"POST /settings/accounts":     {may: auth.SettingsAdmin, body: func(*walk) any { return url.Values{"auth.factor_required": {"somebody"}} }, in: unproc},
	"GET /settings":               {may: auth.ProfileOwn, in: ok},
	"GET /settings/models":        {may: auth.SettingsAdmin, in: ok},
	"GET /settings/record":        {may: auth.AuditRead, in: ok},
	"GET /settings/box":           {may: auth.SettingsAdmin, in: ok},
	"GET /settings/meaning":       {may: auth.SettingsAdmin, in: ok},
	"POST /settings":              {may: auth.SettingsAdmin, body: empty, in: seeOther},
	"POST /settings/password":     {may: auth.ProfileOwn, body: empty, in: unproc},
	"POST /settings/runtime/test": {may: auth.SettingsAdmin, body: empty, in: ok},
	"POST /settings/rerank/test":  {may: auth.SettingsAdmin, body: empty, in: ok},
}
