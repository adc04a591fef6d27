package index

// DetectLanguage tells French from English.
func DetectLanguage(text string) string { return "" }
