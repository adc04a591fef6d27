package auth

import "strings"

// Device is a browser and its system as its User-Agent names them. Browsers
// disguise themselves, so both are for a person to recognize, never for a
// decision. An empty word means that it isn't said.
type Device struct {
	Browser, System string
	Phone           bool // or a tablet
}

// The order matters: Edge and Opera call themselves Chrome, and Chrome Safari.
var browserMarks = []struct{ mark, name string }{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"OPT/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"}, {"YaBrowser/", "Yandex"},
	{"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"},
	{"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"}, {"Chromium/", "Chromium"},
	{"Version/", "Safari"}, {"Trident/", "Internet Explorer"}, {"MSIE ", "Internet Explorer"},
	{"curl/", "curl"}, {"Wget/", "wget"}, {"python-requests/", "Python"}, {"Go-http-client/", "Go"},
}

var systemMarks = []struct{ mark, name string }{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"},
	{"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Mac OS X", "macOS"}, {"FreeBSD", "FreeBSD"},
	{"Linux", "Linux"}, {"X11", "Linux"},
}

// DeviceOf reads a User-Agent (RFC 9110, section 10.1.5), without versions:
// those change every month and tell people nothing.
func DeviceOf(agent string) (d Device) {
	for _, b := range browserMarks {
		if strings.Contains(agent, b.mark) {
			d.Browser = b.name
			break
		}
	}
	for _, s := range systemMarks {
		if strings.Contains(agent, s.mark) {
			d.System = s.name
			break
		}
	}
	d.Phone = d.System == "iPhone" || d.System == "iPad" || d.System == "Android"
	return d
}

// String is the device in one line, for a record.
func (d Device) String() string {
	if d.Browser != "" && d.System != "" {
		return d.Browser + " · " + d.System
	}
	return d.Browser + d.System
}
