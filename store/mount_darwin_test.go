package store

import "errors"

func mountSmall(string, int) (string, error) { return "", errors.ErrUnsupported }

func unmountSmall(string) {}
