// Package service is what every service needs to run: its life from start to a clean stop, its health as ops see it, and
// its settings from the environment. It refuses to know any one service.
package service
