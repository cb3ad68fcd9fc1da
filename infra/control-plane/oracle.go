package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/daemon"
	"k8s.io/kubernetes/pkg/controller/daemon/util"
)

// One question on a line of standard input: a DaemonSet as the API server's JSON has it, and a node.
type question struct {
	DaemonSet apps.DaemonSet `json:"daemonSet"`
	Node      core.Node      `json:"node"`
}

// What the reference's own functions say: its verdict on the node, the tolerations of the pods it would create, and the
// text it would keep in a ControllerRevision's data.
type answer struct {
	ShouldRun      bool              `json:"shouldRun"`
	ShouldContinue bool              `json:"shouldContinue"`
	Tolerations    []core.Toleration `json:"tolerations"`
	Patch          string            `json:"patch"`
}

// answerQuestions answers every line of standard input with a line on standard output (test/conformance/oracle asks).
func answerQuestions() error {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	logger := klog.Logger{}
	for number := 1; decoder.More(); number++ {
		var asked question
		if err := decoder.Decode(&asked); err != nil {
			return fmt.Errorf("question %d: %w", number, err)
		}
		patch, err := patchOf(&asked.DaemonSet)
		if err != nil {
			return fmt.Errorf("question %d: %w", number, err)
		}
		run, proceed := daemon.NodeShouldRunDaemonPod(logger, &asked.Node, &asked.DaemonSet)
		pod := util.CreatePodTemplate(asked.DaemonSet.Spec.Template, nil, "")
		if err := encoder.Encode(answer{run, proceed, pod.Spec.Tolerations, patch}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// patchOf does what the reference's getPatch does, which is not exported: the object's JSON, only its template, marked
// to replace (pkg/controller/daemon/update.go).
func patchOf(daemonSet *apps.DaemonSet) (string, error) {
	text, err := json.Marshal(daemonSet)
	if err != nil {
		return "", err
	}
	var object struct {
		Spec struct {
			Template map[string]any `json:"template"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return "", err
	}
	object.Spec.Template["$patch"] = "replace"
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": object.Spec.Template}})
	return string(patch), err
}
