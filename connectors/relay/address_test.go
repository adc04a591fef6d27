package relay

import (
	"net/mail"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"it@berthier.example": "it@berthier.example", "a.b+c@X.Example": "a.b+c@x.example", "it@localhost": "it@localhost",
		"élodie@berthier.example": "élodie@berthier.example", "it@société.example": "it@xn--socit-esab.example",
		"": "", "it": "", "@x.example": "", "it@": "", "a b@x.example": "", "it@x.example\r\nRCPT TO:<y@z>": "", "it@x .example": "", "<it@x.example>": "",
		"it@x..example": "", ".it@x.example": "", "it.@x.example": "", "i..t@x.example": "", `"i t"@x.example`: "", "it@[127.0.0.1]": "", "it@-x.example": "",
		"it@x.example>": "", "a@b@c.example": "", "it\u202e@x.example": "", "it\u00a0x@x.example": "", "it@" + strings.Repeat("a", 64) + ".example": "",
		strings.Repeat("a", 65) + "@x.example": "", "it\x00@x.example": "", "it\xff@x.example": "", "a,b@x.example": "", "it@x.example ": "",
	} {
		if got, ok := Address(in); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", in, got, ok, want)
		}
	}
}

// FuzzAddress: what is taken breaks no command and no header, reads as one address
// for others, and is taken again.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"it@x.example", "é@société.example", "a+b@c", "x@y\r\nz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, ok := Address(in)
		if !ok {
			return
		}
		if strings.ContainsAny(a, " <>\r\n\t\x00,;:\"\\()[]") {
			t.Fatalf("%q", a)
		}
		if again, ok := Address(a); !ok || again != a {
			t.Fatalf("%q becomes %q", a, again)
		}
		if p, err := mail.ParseAddress("<" + a + ">"); err != nil || p.Address != a {
			t.Fatalf("%q: %v, %v", a, p, err)
		}
	})
}

// FuzzMessage: whatever a subject and a text hold, the message has the fields that
// it should have and no other, and reads as it was written.
func FuzzMessage(f *testing.F) {
	f.Add("Subject\r\nBcc: x@y", "text\n.\nmore")
	f.Add("é\u2028\x00", strings.Repeat("=", 80)+"\r")
	f.Fuzz(func(t *testing.T, subject, text string) {
		m := sample
		m.Subject, m.Text = subject, text
		b, err := m.Bytes()
		if err != nil {
			t.Skip()
		}
		got, err := mail.ReadMessage(strings.NewReader(string(b)))
		if err != nil || len(got.Header) != 12 {
			t.Fatalf("%d fields, %v: %q", len(got.Header), err, b)
		}
		for _, c := range b {
			if c >= 0x80 || c == 0 {
				t.Fatalf("%q", b)
			}
		}
	})
}

// FuzzReply: what a server says is one line that can be shown.
func FuzzReply(f *testing.F) {
	f.Add("550 5.1.1 <x>\n\x1b[31m\u202ered")
	f.Fuzz(func(t *testing.T, s string) {
		out := oneLine(s)
		if strings.ContainsAny(out, "\r\n\x1b\u202e\u2028") || len([]rune(out)) > mostReply+1 {
			t.Fatalf("%q", out)
		}
	})
}
