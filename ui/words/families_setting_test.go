package words

func init() {
	families["setting-form"] = []string{
		"acme.ca", "acme.challenge", "acme.eab_id", "acme.eab_secret", "acme.names", "acme.url",
		"alerts.account", "alerts.account_secret", "alerts.ca", "alerts.digest", "alerts.from", "alerts.host",
		"alerts.hour", "alerts.link", "alerts.port", "alerts.security", "alerts.urgent", "answers.strictness",
		"ask.unkept", "audit.worm_dir", "auth.elevation", "auth.factor_admin", "auth.factor_required", "auth.fresh_minutes",
		"auth.hash_memory", "auth.hash_passes", "auth.idle_minutes", "auth.key_days", "auth.session_hours", "backup.recipients",
		"backup.recovery", "directory.allowed_groups", "directory.base_dn", "directory.bind_dn", "directory.bind_secret", "directory.ca",
		"directory.ca_file", "directory.cached_hours", "directory.clear", "directory.group_filter", "directory.groups", "directory.kind",
		"directory.login_attribute", "directory.mail_attribute", "directory.name_attribute", "directory.on", "directory.roles", "directory.shrink_percent",
		"directory.start_tls", "directory.sync_seconds", "directory.url", "directory.user_filter", "disk.reserve_mb", "embed.key_secret",
		"embed.model", "embed.url", "llm.ca_file", "llm.key_secret", "llm.kind", "llm.model",
		"llm.num_ctx", "llm.url", "log.level", "metrics.from", "search.rerank", "search.rerank_key_secret",
		"search.rerank_url", "secrets.rotate_days", "tls.minimum", "tls.names", "ui.language",
	}
}
