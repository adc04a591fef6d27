package words

func init() {
	families["provider-preset"] = []string{"entra", "okta", "google", "authentik", "keycloak", "oidc", "saml", "other"}
	families["provider-verdict"] = []string{"ok", "bad", "unknown", "other"}
	families["provider-step"] = []string{"description", "keys", "client", "redirect", "certificate", "metadata", "other"}
	families["provider-reason"] = nil
	families["provider-proof"] = []string{"listed", "always", "never", "other"}
	families["egress-for"] = append(families["egress-for"], "provider")
}
