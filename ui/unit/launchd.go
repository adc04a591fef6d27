package unit

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// PlistPath is where the property list lies.
const PlistPath = "/Library/LaunchDaemons/coffre.plist"

// logDir is where launchd puts what the box writes.
const logDir = "/Library/Logs/coffre"

// Plist is the property list of launchd (launchd.plist(5)): started when the
// machine is up, again when it fails, and left alone after a clean end.
func (o Options) Plist() string {
	var b strings.Builder
	text := func(s string) string {
		var e strings.Builder
		xml.EscapeText(&e, []byte(s))
		return "<string>" + e.String() + "</string>"
	}
	key := func(name, value string) { b.WriteString("\t<key>" + name + "</key>\n\t" + value + "\n") }
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
`)
	key("Label", text("coffre"))
	words := "<array>\n"
	for _, s := range o.arguments() {
		words += "\t\t" + text(s) + "\n"
	}
	key("ProgramArguments", words+"\t</array>")
	key("UserName", text(o.User))
	key("EnvironmentVariables", "<dict>\n\t\t<key>HOME</key>\n\t\t"+text(o.Data)+"\n\t</dict>")
	key("RunAtLoad", "<true/>")
	key("KeepAlive", "<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>")
	key("ThrottleInterval", "<integer>10</integer>")
	key("ExitTimeOut", "<integer>60</integer>")
	key("Umask", "<integer>"+strconv.Itoa(0o077)+"</integer>")
	key("SoftResourceLimits", "<dict>\n\t\t<key>NumberOfFiles</key>\n\t\t<integer>65536</integer>\n\t</dict>")
	key("StandardOutPath", text(logDir+"/coffre.log"))
	key("StandardErrorPath", text(logDir+"/coffre.log"))
	b.WriteString("</dict>\n</plist>\n")
	return b.String()
}
