// Package alerts tells what the page of health says to those who don't look at it:
// what is bad at once, what is to be watched once a day. It tells the journal, and
// so the firm's syslog receiver, and people by mail.
//
// Its rules: it looks at nothing itself, every alert is a check of ui/health; a
// mail holds no document, question or name, and leads to the box for the rest; an
// alert counts as told in the transaction that puts its mail into the queue, so
// that a restart neither forgets nor repeats one, and so it does in the journal. The mail may go twice where the
// box dies between the relay's answer and the entry; its Message-ID is the same.
//
// On disk it has the bucket "mail" of a firm's database (store/mail.go).
package alerts
