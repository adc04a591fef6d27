package words

func init() {
	families["health-name"], families["health-how"] = nil, nil
	families["health-why"], families["health-do"] = nil, nil
	families["health-verdict"] = []string{"ok", "warn", "bad", "other"}
}
