package words

func init() {
	families["setting-form"] = []string{"alerts.urgent", "alerts.digest", "alerts.from", "alerts.host", "alerts.port", "alerts.link", "alerts.ca", "acme.url", "acme.ca", "acme.names"}
}
