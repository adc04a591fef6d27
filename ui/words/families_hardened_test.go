package words

func init() {
	families["hardened-line"] = []string{"auth.factor_required", "auth.factor_admin", "auth.session_hours", "auth.idle_minutes", "auth.fresh_minutes", "auth.key_days", "tls.minimum", "ask.unkept", "hsts", "sessions", "ways", "disk", "guests", "exports", "evidence", "entries", "refusals", "other"}
	families["hardened-required"] = []string{"nobody", "admins", "everybody", "other"}
	families["hardened-admin"] = []string{"any", "phishing-resistant", "other"}
	families["hardened-disk"] = []string{"encrypted", "plain", "memory", "unknown", "other"}
	families["hardened-value"] = []string{"allowed", "on", "off", "refused", "free", "reason", "told", "untold", "other"}
}
